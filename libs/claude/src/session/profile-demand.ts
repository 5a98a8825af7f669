import { type CliProfile, profileKey, singleUseReason, type ToolHooks } from '../command/index.js';

const HALF_LIFE_MS = 10 * 60_000;
/** Profiles that are remembered; the least wanted is forgotten first. */
const KNOWN = 64;

/** A profile that a spare process can be started with. */
export interface WantedProfile {
  readonly key: string;
  readonly profile: CliProfile;
  readonly hooks: ToolHooks | null;
}

interface Demand extends WantedProfile {
  readonly weight: number;
  readonly at: number;
}

/** Which profiles new sessions ask for. What was asked ten minutes ago counts half. */
export class ProfileDemand {
  private readonly known = new Map<string, Demand>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  note(profile: CliProfile, hooks: ToolHooks | null): void {
    if (singleUseReason(profile) !== null) return;
    const key = profileKey(profile, hooks);
    const at = this.now();
    const before = this.known.get(key);
    this.known.set(key, { key, profile, hooks, at, weight: 1 + (before ? this.weightOf(before) : 0) });
    if (this.known.size > KNOWN) this.known.delete(this.byWeight().at(-1)!.key);
  }

  /**
   * How many spares of each profile, when there are to be so many in all: each next one goes where it is missed most.
   *
   * @param resting keys of profiles that get none
   */
  share(slots: number, resting: ReadonlyMap<string, unknown> = new Map()): ReadonlyMap<WantedProfile, number> {
    const shares = new Map<Demand, number>();
    const wanted = this.byWeight().filter(({ key }) => !resting.has(key));
    for (let slot = 0; slot < slots && wanted.length > 0; slot += 1) {
      const need = (demand: Demand) => this.weightOf(demand) / ((shares.get(demand) ?? 0) + 1);
      const most = wanted.reduce((best, demand) => (need(demand) > need(best) ? demand : best));
      shares.set(most, (shares.get(most) ?? 0) + 1);
    }
    return shares;
  }

  private byWeight(): Demand[] {
    return [...this.known.values()].toSorted((a, b) => this.weightOf(b) - this.weightOf(a));
  }

  private weightOf({ weight, at }: Demand): number {
    return weight * 0.5 ** ((this.now() - at) / HALF_LIFE_MS);
  }
}
