// What -strace shows of ioctls whose numbers do not say what their arguments are.
import type { Task } from '../threads/task.ts';
import { hex, lastResult, quote, readInt } from './args.ts';
import type { Way } from './conversion.ts';
import { addressText } from './shown.ts';
import { struct, type Struct } from './struct.ts';
import { timeval, timespec } from './structs.ts';

const int = struct('', { '': 'i32' });
const winsize = struct('winsize', { ws_row: 'u16', ws_col: 'u16', ws_xpixel: 'u16', ws_ypixel: 'u16' });
const termios = struct('termios', { c_iflag: 'u32', c_oflag: 'u32', c_cflag: 'u32', c_lflag: 'u32', c_line: 'u8', c_cc: { bytes: 19 } });
const ints: ReadonlySet<string> = new Set([
  'FIONREAD', 'FIONBIO', 'FIOASYNC', 'TIOCGPGRP', 'TIOCSPGRP', 'TIOCOUTQ', 'TIOCMGET', 'TIOCMBIS', 'TIOCMBIC', 'TIOCMSET', 'TIOCGSOFTCAR', 'TIOCSSOFTCAR', 'TIOCPKT', 'TIOCSETD', 'TIOCGETD', 'TIOCGSID',
  'FIOSETOWN', 'SIOCSPGRP', 'FIOGETOWN', 'SIOCGPGRP', 'SIOCATMARK', 'SIOCOUTQNSD', 'BLKROSET', 'BLKROGET', 'BLKSSZGET', 'BLKIOMIN', 'BLKIOOPT', 'BLKALIGNOFF', 'BLKPBSZGET', 'FIBMAP', 'FIGETBSZ',
  'NS_GET_OWNER_UID', 'KDGETMODE', 'KDGKBMODE', 'VT_OPENQRY', 'SG_SET_TIMEOUT', 'SG_GET_VERSION_NUM', 'FS_IOC_GETFLAGS', 'FS_IOC_SETFLAGS', 'FS_IOC_GETVERSION', 'FS_IOC_SETVERSION',
]);
const types: Readonly<Record<string, Struct>> = {
  TIOCGWINSZ: winsize, TIOCSWINSZ: winsize, TCGETS: termios, TCSETS: termios, TCSETSW: termios, TCSETSF: termios, TCGETS2: termios, TCSETS2: termios, TCSETSW2: termios, TCSETSF2: termios,
  SIOCGSTAMP: timeval, SIOCGSTAMPNS: timespec,
};

/** What the argument of a request is that has a row of its own. */
export function shownAs(name: string, number: number): Struct | undefined {
  return types[name] ?? (ints.has(name) || (number > 0xffff && (number >>> 16 & 0x3fff) === 4) ? int : undefined);
}

const SETS = /^(TCSET|TIOCS|TIOCMBI|TIOCMSET|TIOCPKT|FIONBIO|FIOASYNC|FIOSETOWN|SIOCSPGRP|BLKROSET|FS_IOC_SET|SG_SET)/;
export const wayOf = (name: string): Way => (SETS.test(name) ? 'in' : 'out');

const IFNAMSIZ = 16;

/** A struct ifreq, with the member of its union that the request is about. */
export function showIfreq(task: Task, request: string, at: number, all: Float64Array): string {
  const name = task.memory.read(at, IFNAMSIZ), end = name.indexOf(0);
  const value = at + IFNAMSIZ;
  const sets = /^SIOC(S|ADD|DEL|DIF|BOND|BR)|^TUNSET/.test(request);
  const member = /^(?:SIOC[GS]IF|SIOC)(\w+)$/.exec(request)?.[1];
  const head = `{ifr_name=${quote(end < 0 ? name : name.subarray(0, end))}`;
  if (!sets && lastResult.value < 0) return `${head}}`;
  switch (member) {
    case 'MTU': case 'METRIC': return `${head}, ifr_${member.toLowerCase()}=${readInt(task, value)}}`;
    case 'INDEX': case 'NAME': return `${head}, ifr_ifindex=${readInt(task, value)}}`;
    case 'TXQLEN': return `${head}, ifr_qlen=${readInt(task, value)}}`;
    case 'FLAGS': return `${head}, ifr_flags=${hex(readInt(task, value) & 0xffff)}}`;
    case 'ADDR': case 'DSTADDR': case 'BRDADDR': case 'NETMASK': return `${head}, ifr_${member.toLowerCase()}=${addressText(task, task.memory.read(value, 16), all)}}`;
    default: return `${head}, ...}`;
  }
}
