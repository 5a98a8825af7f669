import { Injectable } from '@nestjs/common';
import { SessionAnswersStore } from './session-answers.store.js';
import { SessionFolderStore } from './session-folders.js';
import { SessionStore } from './session.store.js';
import { SpareStore } from './spare.store.js';

/** How long a place is still taken for one that grows. */
const OWNER_MS = 30_000;

/** Folders of sessions that are made before their session is, and vanish with it if that does not come to its end. */
@Injectable()
export class GrowingPlaces {
  constructor(
    private readonly store: SessionStore,
    private readonly folders: SessionFolderStore,
    private readonly spares: SpareStore,
    private readonly answers: SessionAnswersStore,
  ) {}

  /** @param work makes the folder of this name, then the session. Where it throws, neither stays */
  async grow<T>(place: string, work: () => Promise<T>): Promise<T> {
    const worker = `grows-${place}`;
    const renew = () => this.spares.renew(worker, OWNER_MS).catch(() => undefined);
    await this.spares.renew(worker, OWNER_MS);
    const renewal = setInterval(() => void renew(), OWNER_MS / 3);
    try {
      // Found and removed by the clean-up if this does not come to its end.
      await this.spares.add(place, worker);
      const made = await work();
      await this.spares.remove(place);
      return made;
    } catch (error) {
      await this.drop(place).catch(() => undefined);
      throw error;
    } finally {
      clearInterval(renewal);
      await this.spares.retire(worker).catch(() => undefined);
    }
  }

  /** Where Redis does not answer, nobody knows whether the session was made: the clean-up will. */
  private async drop(place: string): Promise<void> {
    if ((await this.store.evenClosing(place)) === null)
      await Promise.all([this.folders.remove(place), this.answers.forget(place)]);
    await this.spares.remove(place);
  }
}
