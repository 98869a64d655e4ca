// The kernel's keys: add_key, request_key and keyctl, whose arguments are what the command says.
import { E, SYS } from '../host/abi.ts';
import { hostCall, scratch } from '../host/kernel.ts';
import type { Task } from '../threads/task.ts';
import { data, hostPointer, int, pointer, readIovec, readWord, setHostWord, size, string } from './args.ts';
import { pass, sys, type Arg } from './call.ts';
import { changesThread } from './thread-kind.ts';

/** By command: its name and its arguments. n: number, p: pointer (its length is the number after it, if there is one), i and c: an iovec and its count, k: kdf parameters. */
const commands: Readonly<Record<number, readonly [name: string, args: string]>> = {
  0: ['GET_KEYRING_ID', 'nn'], 1: ['JOIN_SESSION_KEYRING', 'p'], 2: ['UPDATE', 'npn'], 3: ['REVOKE', 'n'], 4: ['CHOWN', 'nnn'], 5: ['SETPERM', 'nn'],
  6: ['DESCRIBE', 'npn'], 7: ['CLEAR', 'n'], 8: ['LINK', 'nn'], 9: ['UNLINK', 'nn'], 10: ['SEARCH', 'nppn'], 11: ['READ', 'npn'], 12: ['INSTANTIATE', 'npnn'],
  13: ['NEGATE', 'nnn'], 14: ['SET_REQKEY_KEYRING', 'n'], 15: ['SET_TIMEOUT', 'nn'], 16: ['ASSUME_AUTHORITY', 'n'], 17: ['GET_SECURITY', 'npn'],
  18: ['SESSION_TO_PARENT', ''], 19: ['REJECT', 'nnnn'], 20: ['INSTANTIATE_IOV', 'nicn'], 21: ['INVALIDATE', 'n'], 22: ['GET_PERSISTENT', 'nn'],
  23: ['DH_COMPUTE', 'ppnk'], 24: ['PKEY_QUERY', 'nnpp'], 25: ['PKEY_ENCRYPT', 'pppp'], 26: ['PKEY_DECRYPT', 'pppp'], 27: ['PKEY_SIGN', 'pppp'], 28: ['PKEY_VERIFY', 'pppp'],
  29: ['RESTRICT_KEYRING', 'npp'], 30: ['MOVE', 'nnnn'], 31: ['CAPABILITIES', 'pn'], 32: ['WATCH_KEY', 'nnn'],
};

/** struct keyctl_kdf_params: pointers to the hash's name and to other info, the info's length, spare words. */
function kdf(task: Task, at: number): number {
  if (at === 0) return 0;
  const word = task.guest.data.pointer;
  const params = scratch(56);
  setHostWord(params.view, 0, hostPointer(task, readWord(task, at)));
  setHostWord(params.view, 8, hostPointer(task, readWord(task, at + word)));
  params.bytes.set(task.memory.read(at + 2 * word, 36), 16);
  return params.address;
}

function keyctl(task: Task, command: number, ...args: readonly number[]): number {
  const row = commands[command];
  if (!row) return -E.EOPNOTSUPP;
  const kinds = row[1];
  const [b, c, d, e] = args.map((arg, i): number => {
    switch (kinds[i]) {
      case undefined: return 0;
      // The kernel writes what there is, however much room is said to be there.
      case 'p': return hostPointer(task, arg);
      case 'i': return arg === 0 ? 0 : readIovec(task, arg, args[i + 1]! | 0).address;
      case 'k': return kdf(task, arg);
      case 'c': return arg;
      default: return arg | 0;
    }
  });
  return hostCall(SYS.keyctl, command, b, c, d, e);
}

const commandName: Arg<number> = { read: (raw) => raw | 0, show: (raw) => (commands[raw | 0] ? `KEYCTL_${commands[raw | 0]![0]}` : String(raw | 0)) };

/** A length that is too large is the kernel's to refuse. */
const payload: Arg<number> = { ...data(3), read: pointer.read };

export const keys = {
  add_key: changesThread(pass('add_key', [string, string, payload, size, int])),
  request_key: pass('request_key', [string, string, string, int]),
  keyctl: changesThread(sys([commandName, size, size, size, size], keyctl)),
};
