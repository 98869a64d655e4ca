// tsemu doctor: looks at what the machine has to offer and says what to do where that is not enough.
import * as fs from 'node:fs';
import * as os from 'node:os';
import { guests } from '../guests/index.ts';
import { status } from './binfmt.ts';
import { ToolError } from './registry.ts';

/** `text` is what was found; `hint` what to do about it. Only what is 'bad' keeps programs from running. */
export type Finding = { readonly verdict: 'good' | 'fair' | 'bad'; readonly text: string; readonly hint?: string };

/** The machine as the checks see it. */
export type Machine = {
  readonly platform: string;
  readonly arch: string;
  readonly nodeVersion: string;
  /** uname -r. */
  readonly kernel: string;
  /** The text of a file, without white space at its ends; null when it cannot be read. */
  read(path: string): string | null;
  /** Throws what keeps koffi from being loaded, or memory from being executable. */
  machineCode(): void;
  /** Throws RangeError when V8 cannot have that much address space. */
  reserve(pages: number, addressType: 'i32' | 'i64'): void;
  /** Throws ToolError. */
  binfmt(): { text: string; registered: boolean };
};

const NODE_MAJOR = 26;
const good = (text: string): Finding => ({ verdict: 'good', text });
const fair = (text: string, hint: string): Finding => ({ verdict: 'fair', text, hint });
const bad = (text: string, hint: string): Finding => ({ verdict: 'bad', text, hint });

function host({ platform, arch }: Machine): Finding {
  const text = `${platform} on ${arch}`;
  return platform === 'linux' && arch === 'x64' ? good(text) : bad(text, 'tsemu runs on x86-64 Linux');
}

function node({ nodeVersion }: Machine): Finding {
  return Number(/^v(\d+)/.exec(nodeVersion)?.[1]) >= NODE_MAJOR ? good(`Node ${nodeVersion}`)
    : bad(`Node ${nodeVersion}`, `tsemu needs Node ${NODE_MAJOR}, which npm brings: install without --omit=optional`);
}

function machineCode(machine: Machine): Finding {
  try { machine.machineCode(); } catch (error) {
    const { message } = error as Error;
    return /executable/.test(message) ? bad(message, 'a security module forbids it (SELinux: setsebool -P deny_execmem 0)')
      : bad(`koffi does not load: ${message.split('\n', 1)[0]}`, 'install again: npm install brings it for this machine');
  }
  return good('koffi loads, memory can be executable');
}

function addressSpace(machine: Machine): Finding {
  const short = guests.filter(({ memoryPages, addressType }) => {
    try { machine.reserve(memoryPages, addressType); return false; } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return true;
    }
  });
  return short.length === 0 ? good('address space for every guest can be reserved')
    : bad(`no address space for ${short.map(({ name, memoryPages }) => `${name} (${memoryPages / 16384} GiB)`).join(', ')}`, 'ulimit -v unlimited; in a container or service, no limit of virtual memory (systemd: LimitAS=infinity)');
}

/** A row of /proc/self/limits: the soft limit. */
function limit(machine: Machine, name: string): number {
  const text = new RegExp(`^${name} +(\\S+)`, 'm').exec(machine.read('/proc/self/limits') ?? '')?.[1] ?? 'unlimited';
  return text === 'unlimited' ? Infinity : Number(text);
}

function limits(machine: Machine): Finding {
  const files = limit(machine, 'Max open files'), processes = limit(machine, 'Max processes');
  if (files < 64) return fair(`${files} open files`, 'ulimit -n 1024: below 64, descriptors of ours cannot be kept out of the guest\'s way');
  if (processes < 64) return fair(`${processes} processes`, 'ulimit -u 1024: each thread of a guest is one');
  return good('limits of open files and processes');
}

function overcommit(machine: Machine): Finding {
  const mode = machine.read('/proc/sys/vm/overcommit_memory');
  return mode === '2' ? fair('vm.overcommit_memory is 2', 'sysctl vm.overcommit_memory=0 where forks of large programs fail with ENOMEM')
    : good(`vm.overcommit_memory is ${mode ?? 'not known'}`);
}

function lowest(machine: Machine): Finding {
  // A guest's addresses are not the host's.
  return good(`vm.mmap_min_addr is ${machine.read('/proc/sys/vm/mmap_min_addr') ?? 'not known'}; any value will do`);
}

function proc(machine: Machine): Finding {
  return machine.read('/proc/self/stat') === null ? fair('/proc is not mounted', 'mount -t proc proc /proc: programs find less about themselves without') : good('/proc is mounted');
}

function kernel({ kernel: release }: Machine): Finding {
  const [major, minor] = release.split('.').map(Number);
  return major! > 5 || (major === 5 && minor! >= 12) ? good(`Linux ${release}`)
    : fair(`Linux ${release}`, 'before Linux 5.12 programs that binfmt_misc starts cannot keep argv[0]: register with --no-preserve-argv0');
}

function binfmt(machine: Machine): Finding {
  try {
    const { text, registered } = machine.binfmt();
    const found = text.split('\n').join('; ');
    return registered ? good(`binfmt_misc: ${found}`) : fair(`binfmt_misc: ${found}`, 'tsemu binfmt register --all, if the kernel is to start guests\' programs by itself');
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return fair(error.message, 'only needed if the kernel is to start guests\' programs by itself');
  }
}

const checks: readonly ((machine: Machine) => Finding)[] = [host, kernel, node, machineCode, addressSpace, limits, overcommit, lowest, proc, binfmt];

export const examine = (machine: Machine): Finding[] => checks.map((check) => check(machine));

const signs = { good: 'ok  ', fair: 'note', bad: 'BAD ' } as const;

export function report(findings: readonly Finding[]): string {
  return findings.map(({ verdict, text, hint }) => `${signs[verdict]}  ${text}${hint === undefined ? '' : `\n      ${hint}`}`).join('\n');
}

/** This machine. */
export function thisMachine(loadNative: () => { mapExecutable(bytes: number): number }): Machine {
  return {
    platform: process.platform, arch: process.arch, nodeVersion: process.version, kernel: os.release(),
    read: (path) => {
      try { return fs.readFileSync(path, 'latin1').trim(); } catch (error) {
        if ((error as NodeJS.ErrnoException).code === undefined) throw error;
        return null;
      }
    },
    machineCode: () => { loadNative().mapExecutable(4096); },
    reserve: (pages, address) => {
      const descriptor = address === 'i64' ? { address, initial: BigInt(pages), maximum: BigInt(pages), shared: true } : { initial: pages, maximum: pages, shared: true };
      new WebAssembly.Memory(descriptor as unknown as WebAssembly.MemoryDescriptor);
    },
    binfmt: () => status({ guests: [], all: true, from: '', replace: false, flags: { preserveArgv0: true, openBinary: true, credentials: false, fixBinary: true } }),
  };
}
