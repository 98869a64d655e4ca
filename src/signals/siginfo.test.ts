import { CODE, SIG } from './numbers.ts';
import { faultInfo, signalOf, toGuest, toHost } from './siginfo.ts';

const ilp32 = { pointer: 4, align64: 8, bigEndian: false } as const;
const ilp32be = { ...ilp32, bigEndian: true } as const;
const lp64 = { pointer: 8, align64: 8, bigEndian: false } as const;

function host(signal: number, code: number, words: Readonly<Record<number, number>>): Uint8Array {
  const info = new Uint8Array(128);
  const view = new DataView(info.buffer);
  view.setInt32(0, signal, true);
  view.setInt32(8, code, true);
  for (const [at, value] of Object.entries(words)) view.setInt32(Number(at), value, true);
  return info;
}
const at = (info: Uint8Array, offset: number, little = true): number => new DataView(info.buffer).getInt32(offset, little);

// Offsets are those of <asm-generic/siginfo.h> compiled for either width.
describe('siginfo for a 32-bit guest', () => {
  test('has sender and value of a queued signal', () => {
    const info = toGuest(host(SIG.USR1, CODE.QUEUE, { 16: 100, 20: 7, 24: 77 }), ilp32);
    expect([at(info, 0), at(info, 8), at(info, 12), at(info, 16), at(info, 20)]).toEqual([SIG.USR1, CODE.QUEUE, 100, 7, 77]);
  });
  test('has status and times of a child', () => {
    const info = toGuest(host(SIG.CHLD, 1, { 16: 100, 20: 7, 24: 3, 32: 11, 40: 12 }), ilp32);
    expect([12, 16, 20, 24, 28].map((o) => at(info, o))).toEqual([100, 7, 3, 11, 12]);
  });
  test('has the address of a fault', () => {
    const info = toGuest(faultInfo(SIG.SEGV, CODE.SEGV_ACCERR, 0xfffe_1234), ilp32);
    expect([signalOf(info), at(info, 8), at(info, 12) >>> 0]).toEqual([SIG.SEGV, CODE.SEGV_ACCERR, 0xfffe_1234]);
  });
  test('has the band and descriptor of SIGIO', () => {
    const info = toGuest(host(SIG.IO, 1, { 16: 65, 24: 5 }), ilp32);
    expect([at(info, 12), at(info, 16)]).toEqual([65, 5]);
  });
  test('is in the guest\'s byte order', () => {
    const info = toGuest(host(SIG.USR1, CODE.USER, { 16: 100, 20: 7 }), ilp32be);
    expect([at(info, 0, false), at(info, 12, false), at(info, 16, false)]).toEqual([SIG.USR1, 100, 7]);
  });
  test('comes back as it went', () => {
    const info = host(SIG.USR1, CODE.QUEUE, { 16: 100, 20: 7, 24: 77 });
    expect([...toHost(toGuest(info, ilp32), ilp32)]).toEqual([...info]);
  });
});

test('a 64-bit guest has the host\'s siginfo', () => {
  const info = host(SIG.CHLD, 1, { 16: 100 });
  expect(toGuest(info, lp64)).toBe(info);
});
