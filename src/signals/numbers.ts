// Signal numbers and flags of the generic Linux ABI: what guests and hosts have in common. See signal(7), sigaction(2).

export const SIG = {
  HUP: 1, INT: 2, QUIT: 3, ILL: 4, TRAP: 5, ABRT: 6, BUS: 7, FPE: 8, KILL: 9, USR1: 10, SEGV: 11, USR2: 12, PIPE: 13, ALRM: 14, TERM: 15,
  STKFLT: 16, CHLD: 17, CONT: 18, STOP: 19, TSTP: 20, TTIN: 21, TTOU: 22, URG: 23, XCPU: 24, XFSZ: 25, VTALRM: 26, PROF: 27, WINCH: 28,
  IO: 29, PWR: 30, SYS: 31,
} as const;
export const LAST_SIGNAL = 64;

/** SIGSEGV, or SIGRT_n for the nth real-time signal, as strace(1) has it. */
export function signalName(signal: number): string {
  const named = Object.entries(SIG).find(([, number]) => number === signal);
  return named ? `SIG${named[0]}` : `SIGRT_${signal - 32}`;
}

export const SIG_DFL = 0, SIG_IGN = 1;

export const SA = {
  NOCLDSTOP: 1, NOCLDWAIT: 2, SIGINFO: 4, RESTORER: 0x0400_0000, ONSTACK: 0x0800_0000, RESTART: 0x1000_0000, NODEFER: 0x4000_0000,
  RESETHAND: 0x8000_0000,
} as const;

export const SS_ONSTACK = 1, SS_DISABLE = 2, SS_AUTODISARM = 0x8000_0000;
/** The smallest alternate stack that sigaltstack(2) takes. */
export const MINSIGSTKSZ = 2048;

/** si_code values. */
export const CODE = {
  USER: 0, KERNEL: 0x80, QUEUE: -1, TIMER: -2, MESGQ: -3, ASYNCIO: -4, SIGIO: -5, TKILL: -6,
  ILL_ILLOPC: 1, FPE_INTDIV: 1, SEGV_MAPERR: 1, SEGV_ACCERR: 2, BUS_ADRALN: 1, BUS_ADRERR: 2, TRAP_BRKPT: 1,
} as const;

/** The bit of a signal in the low (1 to 32) or high (33 to 64) word of a mask. */
export const bit = (signal: number): number => 1 << ((signal - 1) & 31);
export const has = (low: number, high: number, signal: number): boolean => ((signal <= 32 ? low : high) & bit(signal)) !== 0;

/** Signals that the host never holds back for us: those of faults, and the one that wakes our own threads. */
export const NEVER_HELD = bit(SIG.SEGV) | bit(SIG.BUS) | bit(SIG.ILL) | bit(SIG.FPE) | bit(SIG.TRAP) | bit(SIG.STKFLT);
/** Signals whose default action is to be ignored. */
export const IGNORED_BY_DEFAULT = bit(SIG.CHLD) | bit(SIG.CONT) | bit(SIG.URG) | bit(SIG.WINCH);
/** Signals whose default action is a core dump. */
export const CORE_SIGNALS = [SIG.QUIT, SIG.ILL, SIG.TRAP, SIG.ABRT, SIG.BUS, SIG.FPE, SIG.SEGV, SIG.XCPU, SIG.XFSZ, SIG.SYS].reduce((all, signal) => all | bit(signal), 0);
const STOPS = bit(SIG.STOP) | bit(SIG.TSTP) | bit(SIG.TTIN) | bit(SIG.TTOU);
/** Whether a signal's default action ends the process; of SIGSTKFLT, which wakes our own threads, and SIGKILL that is not asked. */
export const endsProcess = (signal: number): boolean => signal > 32 || !has(IGNORED_BY_DEFAULT | STOPS | bit(SIG.KILL) | bit(SIG.STKFLT), 0, signal);
/** Signals that cannot be caught, blocked or ignored. */
export const UNSTOPPABLE = bit(SIG.KILL) | bit(SIG.STOP);
