import { readFileSync } from 'node:fs';
import { type Socket } from 'node:net';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** The kernel may pass over a row while others come and go. */
const LOOKS = 3;

const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

/**
 * Users of this host that hold the other end of a connection over loopback, as the kernel has it at this moment; more than
 * one where addresses differ and ports do not. Empty: nobody holds it any more, or the other end is on another host.
 *
 * @throws what reading `/proc/net` throws, where there is none
 */
export function usersOf({ remotePort, localPort }: Pick<Socket, 'remotePort' | 'localPort'>): readonly number[] {
  if (remotePort === undefined || localPort === undefined) return [];
  // Number, its address, the other's address, state, queues, timer, retransmits, user, timeout, inode.
  const row = new RegExp(
    `^ *\\d+: [0-9A-F]+:${hex(remotePort)} [0-9A-F]+:${hex(localPort)} +\\S+ +\\S+ +\\S+ +\\S+ +(\\d+) +\\d+ +(\\d+)`,
    'gm',
  );
  for (let look = 0; look < LOOKS; look += 1) {
    const rows = TABLES.flatMap((table) => [...readTable(table).matchAll(row)]);
    // A socket that was closed has no inode any more, and is told as root's.
    const held = rows.filter(([, , inode]) => inode !== '0');
    if (held.length > 0) return held.map(([, user]) => Number(user));
  }
  return [];
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    // A host without IPv6.
    if (path.endsWith('6') && (error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
