// What -strace shows of sockets' calls: protocols, options with their values, messages with their control data.
import type { Task } from '../threads/task.ts';
import { address, bits, guestLayout, hex, int, lastResult, quote, readInt, readable, showBytes, showIovec, showStruct } from './args.ts';
import type { Arg } from './call.ts';
import { addressText, filledInt } from './shown.ts';
import { levels, optionForm, textOptions } from './socket-options.ts';
import { get } from './struct.ts';
import { cmsghdr, mmsghdr, msghdr } from './structs.ts';

const AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16;
const PROTOCOLS: Readonly<Record<number, string>> = { 0: 'IP', 1: 'ICMP', 2: 'IGMP', 6: 'TCP', 17: 'UDP', 33: 'DCCP', 41: 'IPV6', 47: 'GRE', 50: 'ESP', 51: 'AH', 58: 'ICMPV6', 132: 'SCTP', 136: 'UDPLITE', 255: 'RAW', 262: 'MPTCP' };
const NETLINKS: Readonly<Record<number, string>> = {
  0: 'ROUTE', 2: 'USERSOCK', 3: 'FIREWALL', 4: 'SOCK_DIAG', 5: 'NFLOG', 6: 'XFRM', 7: 'SELINUX', 8: 'ISCSI', 9: 'AUDIT', 10: 'FIB_LOOKUP', 11: 'CONNECTOR', 12: 'NETFILTER', 15: 'KOBJECT_UEVENT',
  16: 'GENERIC', 18: 'SCSITRANSPORT', 20: 'RDMA', 21: 'CRYPTO',
};

/** socket's third argument, by the family in the first. */
export const protocol: Arg<number> = {
  read: int.read,
  show: (raw, _task, all) => {
    const family = all[0]!, found = family === AF_NETLINK ? NETLINKS[raw] : family === AF_INET || family === AF_INET6 ? PROTOCOLS[raw] : undefined;
    return found === undefined ? String(raw | 0) : (family === AF_NETLINK ? 'NETLINK_' : 'IPPROTO_') + found;
  },
};

export const level: Arg<number> = { read: int.read, show: (raw) => levels[raw]?.name ?? String(raw | 0) };
/** An option, by the level in the argument before it. */
export const option: Arg<number> = { read: int.read, show: (raw, _task, all) => optionName(all[1]!, raw) };
const optionName = (of: number, number: number): string => levels[of]?.options[number] ?? String(number | 0);

function showValue(task: Task, at: number, of: number, number: number, length: number): string {
  if (at === 0) return 'NULL';
  const form = optionForm(of, number), name = optionName(of, number);
  if (typeof form === 'object') return showStruct(task, at, form.struct);
  return readable(at, () => {
    if (textOptions.has(name)) return quote(task.memory.read(at, Math.min(length, 32)).filter((byte) => byte !== 0));
    if (name === 'SO_LINGER' && length === 8) return `{l_onoff=${readInt(task, at)}, l_linger=${readInt(task, at + 4)}}`;
    if (name === 'SO_PEERCRED' && length === 12) return `{pid=${readInt(task, at)}, uid=${readInt(task, at + 4)}, gid=${readInt(task, at + 8)}}`;
    return length === 4 ? `[${readInt(task, at)}]` : showBytes(task, at, length);
  });
}

/** setsockopt's value: level, option and length are arguments 1, 2 and 4. */
export const optionValue: Arg<number> = { ...address, show: (raw, task, all) => showValue(task, raw, all[1]!, all[2]!, all[4]!) };
/** getsockopt's: the length is where argument 4 leads to. */
export const filledOption: Arg<number> = {
  ...address, filled: true,
  show: (raw, task, all) => (lastResult.value < 0 || all[4] === 0 ? hex(raw) : readable(raw, () => showValue(task, raw, all[1]!, all[2]!, readInt(task, all[4]!)))),
};
export const optionLength = filledInt(address);

const SOL_SOCKET = 1;
const RIGHTS: Readonly<Record<number, string>> = { 1: 'SCM_RIGHTS', 2: 'SCM_CREDENTIALS', 3: 'SCM_SECURITY', 4: 'SCM_PIDFD', 29: 'SO_TIMESTAMP_OLD', 35: 'SO_TIMESTAMPNS_OLD', 37: 'SO_TIMESTAMPING_OLD' };
const MOST_CONTROL = 4096;

function showControl(task: Task, at: number, bytes: number): string {
  const layout = guestLayout(task, cmsghdr), word = task.guest.data.pointer;
  const control = task.memory.read(at, Math.min(bytes, MOST_CONTROL));
  const shown: string[] = [];
  for (let p = 0; p + layout.size <= control.length;) {
    const length = get(layout, control, 'cmsg_len', p), of = get(layout, control, 'cmsg_level', p), type = get(layout, control, 'cmsg_type', p);
    if (length < layout.size) break;
    const from = p + Math.ceil(layout.size / word) * word, end = Math.min(p + length, control.length);
    const ints = (): number[] => Array.from({ length: Math.floor((end - from) / 4) }, (_, i) => readInt(task, at + from + 4 * i));
    const kind = of === SOL_SOCKET ? RIGHTS[type] ?? hex(type) : optionName(of, type);
    const [pid, uid, gid] = kind === 'SCM_CREDENTIALS' ? ints() : [];
    const data = kind === 'SCM_RIGHTS' ? `[${ints().join(', ')}]` : kind === 'SCM_CREDENTIALS' ? `{pid=${pid}, uid=${uid}, gid=${gid}}` : quote(control.subarray(from, Math.min(end, from + 32)));
    shown.push(`{cmsg_len=${length}, cmsg_level=${levels[of]?.name ?? of}, cmsg_type=${kind}, cmsg_data=${data}}`);
    p += Math.ceil(length / word) * word;
  }
  return `[${shown.join(', ')}]`;
}

/** A struct msghdr: `filled` bytes of its data are shown, and what it says after the call. */
function showMessage(task: Task, at: number, filled: number, all: Float64Array): string {
  if (at === 0) return 'NULL';
  return readable(at, () => {
    const layout = guestLayout(task, msghdr), bytes = task.memory.read(at, layout.size);
    const field = (name: string): number => get(layout, bytes, name);
    const name = field('msg_name'), length = field('msg_namelen'), control = field('msg_control'), controls = field('msg_controllen');
    return `{msg_name=${name === 0 ? 'NULL' : readable(name, () => addressText(task, task.memory.read(name, Math.min(Math.max(0, length), 128)), all))}, msg_namelen=${length}, `
      + `msg_iov=${showIovec(task, field('msg_iov'), field('msg_iovlen'), filled)}, msg_iovlen=${field('msg_iovlen')}, `
      + `${controls > 0 && control !== 0 ? `msg_control=${readable(control, () => showControl(task, control, controls))}, ` : ''}msg_controllen=${controls}, msg_flags=${bits.show(field('msg_flags'), task, all)}}`;
  });
}

export const sentMessage: Arg<number> = { ...address, show: (raw, task, all) => showMessage(task, raw, Infinity, all) };
export const receivedMessage: Arg<number> = { ...address, filled: true, show: (raw, task, all) => (lastResult.value < 0 ? hex(raw) : showMessage(task, raw, lastResult.value, all)) };

const MESSAGES_SHOWN = 8;

/** An array of struct mmsghdr: as many as the call dealt with. */
export const messages: Arg<number> = {
  ...address, filled: true,
  show: (raw, task, all) => {
    if (lastResult.value < 0) return hex(raw);
    const layout = guestLayout(task, mmsghdr);
    return readable(raw, () => {
      const shown = Array.from({ length: Math.min(lastResult.value, MESSAGES_SHOWN) }, (_, i) => {
        const at = raw + i * layout.size, bytes = readInt(task, at + layout.byName['msg_len']!.offset);
        return `{msg_hdr=${showMessage(task, at, bytes, all)}, msg_len=${bytes}}`;
      });
      return `[${shown.join(', ')}${lastResult.value > MESSAGES_SHOWN ? ', ...' : ''}]`;
    });
  },
};

