import { Injectable } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { recordKey } from '../stream/index.js';
import { inputsKey, PUT_INPUT, TAKE_INPUTS, WITHDRAW_INPUT } from './input-scripts.js';

const wentToKey = (id: string): string => `steward:input:${id}`;
/** As long as answers to repeated requests are kept. */
const KNOWN_MS = 24 * 3_600_000;

/** A message of the user to a run that is under way; its id is that of its line in the conversation. */
export interface RunInput {
  readonly id: string;
  readonly text: string;
}

/** What was said to runs, in order, until their workers take it. */
@Injectable()
export class RunInputStore {
  constructor(private readonly redis: RedisConnections) {}

  /** @returns its place; the same id has the same one */
  async put(runId: string, input: RunInput, most: number): Promise<number | 'ended' | 'full'> {
    const keys = [recordKey(runId), inputsKey(runId), wentToKey(input.id)];
    const place = await PUT_INPUT.run(this.redis.commands, keys, [
      input.id,
      JSON.stringify(input),
      most,
      runId,
      KNOWN_MS,
    ]);
    return place === -1 ? 'ended' : place === -2 ? 'full' : place;
  }

  /** What has come since the last time; nothing for who has lost the run. From here on it is the caller's to give. */
  async take(runId: string, epoch: number): Promise<RunInput[]> {
    const found = await TAKE_INPUTS.run(this.redis.patient, [recordKey(runId), inputsKey(runId)], [epoch]);
    return found.map((json) => JSON.parse(json) as RunInput);
  }

  /** All that was taken, by whichever attempt. */
  async taken(runId: string): Promise<RunInput[]> {
    const fields = await this.redis.patient.hgetall(inputsKey(runId));
    const places = [...Array(Number(fields['taken'] ?? 0)).keys()];
    return places.flatMap((place) => (fields[place] ? [JSON.parse(fields[place]) as RunInput] : []));
  }

  async isTaken(runId: string, place: number): Promise<boolean> {
    return Number((await this.redis.commands.hget(inputsKey(runId), 'taken')) ?? 0) > place;
  }

  /** @returns false when it was taken */
  async withdraw(runId: string, id: string, place: number): Promise<boolean> {
    return (await WITHDRAW_INPUT.run(this.redis.commands, [inputsKey(runId), wentToKey(id)], [id, place])) === 1;
  }

  /** The run that an input went to; null: none. */
  wentTo(id: string): Promise<string | null> {
    return this.redis.commands.get(wentToKey(id));
  }

  /** The run has ended: they are kept as long as its record. */
  async expire(runId: string, retentionMs: number): Promise<void> {
    await this.redis.patient.pexpire(inputsKey(runId), retentionMs);
  }
}
