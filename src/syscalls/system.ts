// Calls about the machine as a whole: its names, load, log and clock of processors.
import type { GuestAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { hostCall, scratch } from '../host/kernel.ts';
import type { Task } from '../threads/task.ts';
import { address, bits, buffer, fd, hostPointer, int, pointer, size, string, structToGuest, uint } from './args.ts';
import { pass, sys } from './call.ts';
import { hwprobe } from './hwprobe.ts';
import { filledStruct } from './shown.ts';
import { lp64, set } from './struct.ts';
import { sysinfo, utsname } from './structs.ts';
import { changesThread } from './thread-kind.ts';

const FIELD = 65;

/** Names of the host, but the guest's machine, and the release of -r. */
function uname(task: Task, at: GuestAddress): number {
  const layout = utsname(lp64);
  const host = scratch(layout.size);
  const r = hostCall(SYS.uname, host.address);
  if (r < 0) return r;
  const put = (field: string, text: string): void => {
    const { offset } = layout.byName[field]!;
    host.bytes.fill(0, offset, offset + FIELD);
    host.bytes.set(Buffer.from(text, 'latin1').subarray(0, FIELD - 1), offset);
  };
  put('machine', task.model.machine ?? task.guest.machine);
  if (task.program.options.uname !== '') put('release', task.program.options.uname);
  task.memory.write(at, host.bytes);
  return 0;
}

const AMOUNTS = ['totalram', 'freeram', 'sharedram', 'bufferram', 'totalswap', 'freeswap', 'totalhigh', 'freehigh'];

/** Amounts of memory in units that let the largest fit the guest's long, as the kernel does for its own 32-bit tasks. */
function getSysinfo(task: Task, at: GuestAddress): number {
  const layout = sysinfo(lp64);
  const host = scratch(layout.size);
  const r = hostCall(SYS.sysinfo, host.address);
  if (r < 0) return r;
  if (task.guest.data.pointer === 4) {
    const word = (name: string): number => {
      const { offset } = layout.byName[name]!;
      return host.view.getUint32(offset + 4, true) * 2 ** 32 + host.view.getUint32(offset, true);
    };
    const unit = host.view.getUint32(layout.byName['mem_unit']!.offset, true);
    let scale = 1;
    while (AMOUNTS.some((name) => word(name) / scale > 0xffffffff)) scale *= 2;
    for (const name of AMOUNTS) set(layout, host.bytes, name, Math.floor(word(name) / scale));
    set(layout, host.bytes, 'mem_unit', unit * scale);
  }
  structToGuest(task, at, host.bytes, sysinfo);
  return 0;
}

export const system = {
  riscv_hwprobe: sys([address, size, size, address, bits], hwprobe),
  uname: sys([filledStruct(utsname)], uname),
  sysinfo: sys([filledStruct(sysinfo)], getSysinfo),
  getcpu: pass('getcpu', [pointer, pointer, pointer]),
  syslog: pass('syslog', [int, buffer(2), int]),
  sethostname: pass('sethostname', [buffer(1), int]),
  setdomainname: pass('setdomainname', [buffer(1), int]),
  personality: changesThread(pass('personality', [bits])),
  vhangup: pass('vhangup', []),
  reboot: pass('reboot', [bits, bits, bits, pointer]),
  kexec_load: sys([address, uint, address, bits], () => -E.EPERM, { never: "a guest's kernel is for another processor; answers EPERM" }),
  kexec_file_load: sys([fd, fd, uint, string, bits], () => -E.EPERM, { never: "a guest's kernel is for another processor; answers EPERM" }),
  init_module: sys([address, uint, string], () => -E.EPERM, { never: "a guest's modules are for another kernel; answers EPERM" }),
  finit_module: sys([fd, string, int], () => -E.EPERM, { never: "a guest's modules are for another kernel; answers EPERM" }),
  delete_module: pass('delete_module', [string, bits]),
  lsm_get_self_attr: pass('lsm_get_self_attr', [uint, pointer, pointer, bits]),
  lsm_set_self_attr: pass('lsm_set_self_attr', [uint, pointer, uint, bits]),
  lsm_list_modules: pass('lsm_list_modules', [pointer, pointer, bits]),
  map_shadow_stack: sys([address, uint, bits], () => -E.EOPNOTSUPP, { never: 'the processor that is shown has no shadow stacks; answers EOPNOTSUPP' }),
  /** By the first argument: the number of a file system's name, the name of a number, how many there are. */
  sysfs: sys([int, size, address], (task, what, first, to) => hostCall(SYS.sysfs, what, what === 1 ? hostPointer(task, first) : first, hostPointer(task, to))),
  nfsservctl: sys([], () => -E.ENOSYS, { never: 'Linux has removed it' }),
  bdflush: sys([], () => -E.ENOSYS, { never: 'Linux has removed it' }),
  uselib: sys([string], () => -E.ENOSYS, { never: 'for a format of programs that Linux has removed' }),
  lookup_dcookie: sys([], () => -E.ENOSYS, { never: 'Linux has removed it' }),
  vserver: sys([], () => -E.ENOSYS, { never: 'never was in Linux' }),
  _sysctl: sys([], () => -E.ENOSYS, { never: 'Linux has removed it' }),
  pciconfig_iobase: sys([], () => -E.ENOSYS, { never: 'no kernel with these processors has it built in' }),
  pciconfig_read: sys([], () => -E.ENOSYS, { never: 'no kernel with these processors has it built in' }),
  pciconfig_write: sys([], () => -E.ENOSYS, { never: 'no kernel with these processors has it built in' }),
};
