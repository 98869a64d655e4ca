// fcntl: each command with what its argument is. Locks are structs whose width the command and the guest decide.
import type { GuestAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall } from '../host/kernel.ts';
import type { Task } from '../threads/task.ts';
import { fd, guestLayout, hostPointer, structToGuest, structToHost } from './args.ts';
import { sys, type Arg } from './call.ts';
import { isProtected } from './protected.ts';
import { openFlagsToGuest, openFlagsToHost } from './open.ts';
import { get, lp64, type Struct } from './struct.ts';
import { flock, flock64 } from './structs.ts';

/** What a command's argument is: an int, a pointer to bytes that all have in common, open flags, or a lock. */
type Kind = 'int' | 'pointer' | 'flags' | 'lock' | 'lock64' | 'none';
type Command = readonly [name: string, kind: Kind, host?: number];

/** By the number that generic guests use; `host` where the host knows the command by another. */
const commands: Readonly<Record<number, Command>> = {
  0: ['F_DUPFD', 'int'], 1: ['F_GETFD', 'none'], 2: ['F_SETFD', 'int'], 3: ['F_GETFL', 'none'], 4: ['F_SETFL', 'flags'],
  5: ['F_GETLK', 'lock'], 6: ['F_SETLK', 'lock'], 7: ['F_SETLKW', 'lock'], 8: ['F_SETOWN', 'int'], 9: ['F_GETOWN', 'none'],
  10: ['F_SETSIG', 'int'], 11: ['F_GETSIG', 'none'], 12: ['F_GETLK64', 'lock64', 5], 13: ['F_SETLK64', 'lock64', 6], 14: ['F_SETLKW64', 'lock64', 7],
  15: ['F_SETOWN_EX', 'pointer'], 16: ['F_GETOWN_EX', 'pointer'], 17: ['F_GETOWNER_UIDS', 'pointer'],
  36: ['F_OFD_GETLK', 'lock64'], 37: ['F_OFD_SETLK', 'lock64'], 38: ['F_OFD_SETLKW', 'lock64'],
  1024: ['F_SETLEASE', 'int'], 1025: ['F_GETLEASE', 'none'], 1026: ['F_NOTIFY', 'int'], 1027: ['F_DUPFD_QUERY', 'int'], 1028: ['F_CREATED_QUERY', 'none'],
  1029: ['F_CANCELLK', 'int'], 1030: ['F_DUPFD_CLOEXEC', 'int'], 1031: ['F_SETPIPE_SZ', 'int'], 1032: ['F_GETPIPE_SZ', 'none'],
  1033: ['F_ADD_SEALS', 'int'], 1034: ['F_GET_SEALS', 'none'],
  1035: ['F_GET_RW_HINT', 'pointer'], 1036: ['F_SET_RW_HINT', 'pointer'], 1037: ['F_GET_FILE_RW_HINT', 'pointer'], 1038: ['F_SET_FILE_RW_HINT', 'pointer'],
};

const F_GETFL = 3, F_GETLK = 5, F_OFD_GETLK = 36;
const GETS: ReadonlySet<number> = new Set([F_GETLK, F_OFD_GETLK]);

function lock(task: Task, f: number, command: number, at: GuestAddress, type: Struct): number {
  const copy = structToHost(task, at, type, flock64);
  const r = hostCall(SYS.fcntl, f, command, copy.address);
  if (r < 0 || !GETS.has(command)) return r;
  const wide = flock64(lp64), narrow = guestLayout(task, type).byName['l_start']!.size === 4;
  if (narrow && (get(wide, copy.bytes, 'l_start') > 0x7fffffff || get(wide, copy.bytes, 'l_len') > 0x7fffffff)) return -E.EOVERFLOW;
  structToGuest(task, at, copy.bytes, type, flock64);
  return r;
}

function control(task: Task, f: number, number: number, argument: number): number {
  const command = commands[number];
  if (!command || isProtected(task, f)) return command ? -E.EBADF : -E.EINVAL;
  const [, kind, host = number] = command;
  switch (kind) {
    case 'none': {
      const r = hostCall(SYS.fcntl, f, host, 0);
      return number === F_GETFL && r >= 0 ? openFlagsToGuest(task, r) : r;
    }
    case 'int': return hostCall(SYS.fcntl, f, host, argument | 0);
    case 'flags': return hostCall(SYS.fcntl, f, host, openFlagsToHost(task, argument | 0));
    case 'pointer': return hostCall(SYS.fcntl, f, host, hostPointer(task, argument, 16));
    case 'lock': return lock(task, f, host, argument, flock);
    case 'lock64': return lock(task, f, host, argument, flock64);
    default: return kind satisfies never;
  }
}

const command: Arg<number> = { read: (raw) => raw | 0, show: (raw) => commands[raw | 0]?.[0] ?? String(raw | 0) };
const argument: Arg<number> = { read: (raw) => raw, show: (raw) => (raw > 0xffff ? `0x${raw.toString(16)}` : String(raw | 0)) };

const row = sys([fd, command, argument], control);

export const fcntls = { fcntl: row, fcntl64: row };

