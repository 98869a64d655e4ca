import { newFrame } from '../../signals/frame.ts';
import type { CpuState, FrameBuffer, SignalDelivery } from '../guest.ts';
import { readFpscr, writeFpscr } from './fpscr.ts';
import { sigreturnAddress, signalFrame } from './signal-frame.ts';
import { ITSTATE, d, pc, r, read, readCpsr, write, writeCpsr } from './state.ts';

function cpuState(): CpuState {
  const b = new SharedArrayBuffer(0xc00);
  return { i32: new Int32Array(b), u32: new Uint32Array(b), u8: new Uint8Array(b), f64: new Float64Array(b) };
}

const delivery: SignalDelivery = {
  signal: 10, handler: 0x10001, restorer: 0x20000, flags: 4, mask: [0x12, 0x34], info: new Uint8Array(128).fill(9),
  altstack: { sp: 0x7000, flags: 2, size: 0x2000 }, fault: { trap: 14, error: 0x817, address: 0xdead },
};
const AT = 0x40000;

function running(): CpuState {
  const cpu = cpuState();
  r.forEach((register, i) => write(cpu, register, 0x1000 + i));
  write(cpu, pc, 0x8004);
  writeCpsr(cpu, 0x6800_0010 | 0x3 << 25 | 0xa << 16);
  writeFpscr(cpu, 0x9f40_0010);
  cpu.f64[(d[5]!.offset) >> 3] = 1.5;
  return cpu;
}

function deliver(cpu: CpuState, frame: FrameBuffer, how: SignalDelivery): void {
  signalFrame.save(cpu, frame, how);
  signalFrame.start(cpu, AT, how);
}

describe('the ARM signal frame', () => {
  test('enters the handler in the state that bit 0 of its address selects', () => {
    const cpu = running();
    const frame = newFrame(signalFrame);
    deliver(cpu, frame, delivery);
    expect(read(cpu, pc)).toBe(0x10001);
    expect(readCpsr(cpu) & 0x20).toBe(0x20);
    expect(read(cpu, ITSTATE)).toBe(0);
    expect(r.slice(0, 3).map((x) => read(cpu, x))).toEqual([10, AT, AT + 128]);
    expect([read(cpu, r[13]!), read(cpu, r[14]!)]).toEqual([AT, 0x20000]);
    deliver(cpu, frame, { ...delivery, handler: 0x10000 });
    expect([read(cpu, pc), readCpsr(cpu) & 0x20]).toEqual([0x10000, 0]);
  });

  test('has the registers where <asm/sigcontext.h> has them', () => {
    const cpu = running();
    const frame = newFrame(signalFrame);
    deliver(cpu, frame, delivery);
    const word = (at: number) => frame.view.getUint32(128 + at, true);
    expect([word(20), word(24), word(28)]).toEqual([14, 0x817, 0x12]);
    expect([word(32), word(36), word(84), word(88), word(92)]).toEqual([0x1000, 0x1001, 0x100d, 0x100e, 0x8004]);
    expect([word(100), word(104), word(108)]).toEqual([0xdead, 0x12, 0x34]);
    expect([word(232), word(236)]).toEqual([0x56465001, 288]);
    expect(word(232 + 8 + 5 * 8 + 4)).toBe(0x3ff80000);
    expect(word(232 + 264)).toBe(0x9f400010);
    expect([word(8), word(12), word(16)]).toEqual([0x7000, 2, 0x2000]);
  });

  test.each([4, 0])('gives everything back on return, sa_flags %i', (flags) => {
    const cpu = running();
    const before = cpu.u8.slice(0, 512);
    const frame = newFrame(signalFrame);
    deliver(cpu, frame, { ...delivery, flags });
    const address = signalFrame.address(cpu, flags === 4);
    expect(address).toBe(AT);
    r.slice(0, 13).forEach((register) => write(cpu, register, 0));
    writeCpsr(cpu, 0x10);
    cpu.u8.fill(0, d[0]!.offset, d[0]!.offset + 256);
    const restored = signalFrame.restore(cpu, frame, flags === 4)!;
    expect(restored.mask).toEqual([0x12, 0x34]);
    expect(restored.altstack).toEqual(delivery.altstack);
    const compared = [...r, pc];
    expect(compared.map((x) => read(cpu, x))).toEqual(compared.map((x) => new DataView(before.buffer).getInt32(x.offset, true)));
    expect(readCpsr(cpu)).toBe((0x6800_0010 | 0x3 << 25 | 0xa << 16) >>> 0);
    expect(readFpscr(cpu)).toBe(0x9f400010);
    expect(cpu.f64[d[5]!.offset >> 3]).toBe(1.5);
  });

  test('returns to the vector page when the action has no restorer', () => {
    const cpu = running();
    signalFrame.start(cpu, AT, { ...delivery, restorer: 0 });
    expect(read(cpu, r[14]!) >>> 0).toBe(sigreturnAddress + 8 + 12 + 1);
  });

  test('refuses a frame without the VFP record', () => {
    expect(signalFrame.restore(running(), newFrame(signalFrame), true)).toBeNull();
  });
});
