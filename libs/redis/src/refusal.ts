/** First words of replies by which a Redis that is there does not do what it is asked, for now (redis.io, error replies). */
const REFUSALS = /^(OOM|READONLY|LOADING|MISCONF|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS) /;

/** Whether Redis refused a command for a reason that passes: it has no memory or disk, is starting, or has another primary. */
export const isRedisRefusal = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.name === 'ReplyError' && REFUSALS.test(thrown.message);

/** Whether it is a replica by now: the address may lead to the primary when it is asked anew. */
export const isReplica = (thrown: Error): boolean => thrown.message.startsWith('READONLY ');
