import { type Frame, isFrame, type StewardClient } from '@steward/client';

/** Follows a run; resolves at the first event that is wanted (or the end). `whole` are all events, at the end. */
export async function followUntil(
  client: StewardClient,
  runId: string,
  wanted: (frame: Frame) => boolean,
): Promise<{ readonly whole: Promise<Frame[]> }> {
  let reach: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const follow = async (): Promise<Frame[]> => {
    const seen: Frame[] = [];
    for await (const frame of client.follow(runId)) {
      if (!isFrame(frame)) continue;
      seen.push(frame);
      if (wanted(frame)) reach();
    }
    return seen;
  };
  const whole = follow();
  await Promise.race([reached, whole]);
  return { whole };
}
