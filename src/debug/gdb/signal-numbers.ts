// gdb's own numbers of signals (gdb's include/gdb/signals.def), which are no system's.
import { SIG } from '../../signals/numbers.ts';

const named: Readonly<Record<number, number>> = {
  [SIG.HUP]: 1, [SIG.INT]: 2, [SIG.QUIT]: 3, [SIG.ILL]: 4, [SIG.TRAP]: 5, [SIG.ABRT]: 6, [SIG.FPE]: 8, [SIG.KILL]: 9, [SIG.BUS]: 10, [SIG.SEGV]: 11, [SIG.SYS]: 12,
  [SIG.PIPE]: 13, [SIG.ALRM]: 14, [SIG.TERM]: 15, [SIG.URG]: 16, [SIG.STOP]: 17, [SIG.TSTP]: 18, [SIG.CONT]: 19, [SIG.CHLD]: 20, [SIG.TTIN]: 21, [SIG.TTOU]: 22,
  [SIG.IO]: 23, [SIG.XCPU]: 24, [SIG.XFSZ]: 25, [SIG.VTALRM]: 26, [SIG.PROF]: 27, [SIG.WINCH]: 28, [SIG.USR1]: 30, [SIG.USR2]: 31, [SIG.PWR]: 32,
};
const UNKNOWN = 143;

/** gdb's number of a signal. */
export const toGdb = (signal: number): number => (signal === 32 ? 77 : signal === 64 ? 78 : signal > 32 ? signal + 12 : named[signal] ?? UNKNOWN);

const back = new Map(Array.from({ length: 64 }, (_, i) => [toGdb(i + 1), i + 1]));

/** The signal that gdb means; 0 for none, and for those that Linux does not have. */
export const fromGdb = (number: number): number => (number === UNKNOWN ? 0 : back.get(number) ?? 0);
