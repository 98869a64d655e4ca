// How -strace shows arguments; each is compared with what strace prints.
import { lastResult } from './args.ts';
import type { Arg } from './call.ts';
import { openFlags } from './open.ts';
import {
  accessMode, argumentList, cloneFlags, environmentList, pollfds, resource, signalAction, signalSet, socketAddress, socketType, twoDescriptors, waitOptions, waitStatus,
} from './shown.ts';
import { enterFlags, fanotifyFlags, fsconfigCommand, mountAttributes, registerOperation } from './shown-flags.ts';
import { address, buffer, dirfd, pointer } from './args.ts';
import { syscalls } from './table.ts';
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
  expect(show(fanotifyFlags, 0x203)).toBe('FAN_CLOEXEC|FAN_NONBLOCK|FAN_REPORT_FID');
  expect([show(mountAttributes, 3), show(fsconfigCommand, 6)]).toEqual(['MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID', 'FSCONFIG_CMD_CREATE']);
  expect([show(enterFlags, 9), show(registerOperation, 8)]).toEqual(['IORING_ENTER_GETEVENTS|IORING_ENTER_EXT_ARG', 'IORING_REGISTER_PROBE']);
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

test('longer socket addresses', () => {
  const at = (bytes: readonly number[]): number => { const where = room(128); memory.write(where, Uint8Array.from(bytes)); return where; };
  const shown = (bytes: readonly number[]): string => show(socketAddress(address, 1), at(bytes), bytes.length);
  const zeros = (n: number): number[] => Array<number>(n).fill(0);
  expect(shown([10, 0, 0, 80, ...zeros(4), 0x20, 1, ...zeros(13), 1, ...zeros(4)])).toBe('{sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001::1", &sin6_addr), sin6_scope_id=0}');
  expect(shown([10, 0, 0, 0, ...zeros(24)])).toBe('{sa_family=AF_INET6, sin6_port=htons(0), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::", &sin6_addr), sin6_scope_id=0}');
  expect(shown([16, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0])).toBe('{sa_family=AF_NETLINK, nl_pid=5, nl_groups=00000001}');
  expect(shown([40, 0, 0, 0, 16, 0, 0, 0, 2, 0, 0, 0, ...zeros(4)])).toBe('{sa_family=AF_VSOCK, svm_cid=0x2, svm_port=0x10}');
});

test('ioctls, options and messages are shown as strace does', () => {
  lastResult.value = 0;
  const [, , ioctlArgument] = syscalls.ioctl.args, [, level, option, value] = syscalls.setsockopt.args;
  const row = (arg: Arg<unknown>, raw: number, ...all: number[]): string => arg.show(raw, task, Float64Array.from(all));
  const FIONREAD = 0x541b, TIOCGWINSZ = 0x5413, SIOCGIFMTU = 0x8921, VIDIOC_G_INPUT = 0x80045626;
  expect(row(ioctlArgument!, words(5), 3, FIONREAD)).toBe('[5]');
  expect(row(ioctlArgument!, words(24 | (80 << 16), 0), 0, TIOCGWINSZ)).toBe('{ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}');
  expect(row(ioctlArgument!, words(7), 3, VIDIOC_G_INPUT)).toBe('[7]');
  const ifreq = room(32);
  memory.write(ifreq, Buffer.from('lo'));
  memory.setU32(ifreq + 16, 65536);
  expect(row(ioctlArgument!, ifreq, 3, SIOCGIFMTU)).toBe('{ifr_name="lo", ifr_mtu=65536}');
  expect([row(level!, 1), row(option!, 2, 6, 1), row(value!, words(1), 6, 1, 2, 0, 4)]).toEqual(['SOL_SOCKET', 'SO_REUSEADDR', '[1]']);
  const control = words(16, 1, 1, 4), vector = words(text('abc'), 3), message = words(0, 0, vector, 1, control, 16, 0);
  expect(row(syscalls.sendmsg.args[1]!, message, 3)).toBe('{msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="abc", iov_len=3}], msg_iovlen=1, '
    + 'msg_control=[{cmsg_len=16, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[4]}], msg_controllen=16, msg_flags=0}');
  lastResult.value = 2;
  expect(row(syscalls.recvmsg.args[1]!, message, 3)).toContain('iov_base="ab", iov_len=3');
  expect(row(syscalls.pselect6.args[1]!, words((1 << 3) | (1 << 5)), 6)).toBe('[3 5]');
});

test('no argument of any call is too wild to be shown', () => {
  const wild = [0, 1, 16, -1, 0x7fffffff, 0xffffffff, 2 ** 47, memory.size - 4, memory.size, room(64)];
  for (const [name, { args }] of Object.entries(syscalls)) {
    for (const result of [0, -14, 5]) {
      lastResult.value = result;
      for (const value of wild) args.forEach((arg, i) => expect([name, i, value, typeof arg.show(value, task, new Float64Array(8).fill(value))]).toEqual([name, i, value, 'string']));
    }
  }
});

test('what cannot be read is shown as an address', () => {
  for (const arg of [signalSet, signalAction, argumentList]) expect(show(arg, 0x10)).toBe('0x10');
});
