// How -strace shows arguments; each is compared with what strace prints.
import { lastResult } from './args.ts';
import type { Arg } from './call.ts';
import { openFlags } from './open.ts';
import {
  accessMode, argumentList, cloneFlags, environmentList, pollfds, resource, signalAction, signalSet, socketAddress, socketType, twoDescriptors, waitOptions, waitStatus,
} from './shown.ts';
import { address, buffer, dirfd, pointer } from './args.ts';
import { createBench } from './testing.ts';

const { task, room, text } = createBench();
const { memory } = task;
const show = (arg: Arg<number>, raw: number, ...rest: number[]): string => arg.show(raw, task, Float64Array.from([raw, ...rest]));
const words = (...values: number[]): number => {
  const at = room(values.length * 4);
  values.forEach((value, i) => memory.setU32(at + 4 * i, value >>> 0));
  return at;
};

test('numbers have their names', () => {
  expect(show(dirfd, 0xffffff9c)).toBe('AT_FDCWD');
  expect([show(accessMode, 0), show(accessMode, 5)]).toEqual(['F_OK', 'R_OK|X_OK']);
  expect(show(openFlags, 0o2001101)).toBe('O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC');
  expect(show(cloneFlags, 0x1200011)).toBe('CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD');
  expect(show(resource, 7)).toBe('RLIMIT_NOFILE');
  expect(show(socketType, 0o2000001)).toBe('SOCK_STREAM|SOCK_CLOEXEC');
  expect([show(waitOptions, 3), show(waitOptions, 0)]).toEqual(['WNOHANG|WUNTRACED', '0']);
});

test('what pointers lead to is taken apart', () => {
  lastResult.value = 0;
  expect(show(signalSet, words(0x10000, 1 << 1))).toBe('[CHLD RT_2]');
  expect(show(signalSet, words(0xfffbfeff, 0xffffffff))).toBe('~[KILL STOP]');
  expect(show(signalAction, words(1, 0x10000000, 0, 0, 0))).toBe('{sa_handler=SIG_IGN, sa_mask=[], sa_flags=SA_RESTART}');
  expect(show(argumentList, words(text('cat'), text('a "b"'), 0))).toBe('["cat", "a \\"b\\""]');
  expect(show(environmentList, words(text('A=1'), 0))).toMatch(/^0x[0-9a-f]+ \/\* 1 vars \*\/$/);
  expect(show(twoDescriptors(pointer), words(3, 4))).toBe('[3, 4]');
  expect(show(pollfds(buffer(1, 8), 1), words(5, 1 | (1 << 16)), 1)).toBe('[{fd=5, events=POLLIN, revents=POLLIN}]');
  lastResult.value = 12;
  expect(show(waitStatus(pointer), words(3 << 8))).toBe('[{WIFEXITED(s) && WEXITSTATUS(s) == 3}]');
  expect(show(waitStatus(pointer), words(9))).toBe('[{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}]');
});

test('socket addresses are shown by family', () => {
  const at = (bytes: readonly number[]): number => { const where = room(128); memory.write(where, Uint8Array.from(bytes)); return where; };
  const shown = (bytes: readonly number[]): string => show(socketAddress(address, 1), at(bytes), bytes.length);
  expect(shown([2, 0, 0, 80, 127, 0, 0, 1])).toBe('{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}');
  expect(shown([1, 0, ...Buffer.from('/tmp/s\0')])).toBe('{sa_family=AF_UNIX, sun_path="/tmp/s"}');
  expect(shown([1, 0, 0, ...Buffer.from('x')])).toBe('{sa_family=AF_UNIX, sun_path=@"x"}');
});

test('what cannot be read is shown as an address', () => {
  for (const arg of [signalSet, signalAction, argumentList]) expect(show(arg, 0x10)).toBe('0x10');
});
