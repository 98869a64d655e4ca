import { newFrame } from '../../signals/frame.ts';
import { overlaps } from '../../translate/pattern.ts';
import { createThreadState } from '../../translate/state.ts';
import { decoder } from './decode.ts';
import { riscv32, riscv64 } from './index.ts';
import { readFcsr, readX, registers, writeFcsr, writeX } from './state.ts';

describe.each([64, 32] as const)('RV%i', (xlen) => {
  const { long, short, rows, shortRows } = decoder(xlen);

  test('no word is two instructions without a say which goes first', () => {
    expect([...overlaps(rows), ...overlaps(shortRows)]).toEqual([]);
  });

  test('every row has semantics', () => {
    const lacking = [...rows.map((row) => long(row.bits)), ...shortRows.map((row) => short(row.bits))].filter((found) => found !== undefined && found.run === undefined);
    expect(lacking.map((found) => found!.row.name)).toEqual([]);
  });

  test('what the manual reserves is no instruction', () => {
    // All zeros, c.addi4spn and c.addi16sp of 0, c.lui of 0 (to odd registers up to x15 it is c.mop), c.lwsp to x0, c.jr x0.
    for (const word of [0x0000, 0x0004, 0x6101, 0x6201, 0x6881, 0x4002, 0x8002]) expect([word.toString(16), short(word)?.row.name]).toEqual([word.toString(16), undefined]);
    for (const word of [0xffffffff, 0x06000053 /* fadd.q */, 0x0000707b]) expect([word.toString(16), long(word | 0)?.row.name]).toEqual([word.toString(16), undefined]);
  });

  test('a signal frame holds the state: sigreturn takes it back', () => {
    const guest = xlen === 64 ? riscv64 : riscv32;
    const { x, pc } = registers[xlen];
    const { cpu } = createThreadState();
    x.forEach((slot, i) => { if (i > 0) writeX(cpu, slot, 1000 + i); });
    guest.setLocation(cpu, 0x12344);
    writeFcsr(cpu, 0x25);
    cpu.u8.fill(0x5a, 300, 340);
    const before = cpu.u8.slice(0, guest.stateBytes);
    const frame = newFrame(guest.signalFrame);
    const delivery = {
      signal: 10, handler: 0x4000, restorer: 0, flags: 4, mask: [1, 2] as const, info: new Uint8Array(128), altstack: { sp: 5, flags: 0, size: 7 }, fault: { trap: 0, error: 0, address: 0 },
    };
    guest.signalFrame.save(cpu, frame, delivery);
    guest.signalFrame.start(cpu, 0x8000, delivery);
    expect([readX(cpu, x[10]!), readX(cpu, x[2]!), readX(cpu, x[12]!), readX(cpu, x[1]!)]).toEqual([10, 0x8000, 0x8000 + 128, guest.commpages[0]!.address]);
    // The rounding mode is not the usual one: the location says so.
    expect(guest.location(cpu)).toBe(0x4001);
    writeFcsr(cpu, 0);
    expect(guest.signalFrame.address(cpu, true)).toBe(0x8000);
    expect(guest.signalFrame.restore(cpu, frame, true)).toEqual({ mask: [1, 2], altstack: { sp: 5, flags: 0, size: 7 } });
    expect([guest.location(cpu), readFcsr(cpu)]).toEqual([0x12345, 0x25]);
    guest.setLocation(cpu, 0x12344);
    const after = cpu.u8.slice(0, guest.stateBytes);
    writeX({ ...cpu, u8: after, i32: new Int32Array(after.buffer), u32: new Uint32Array(after.buffer), f64: new Float64Array(after.buffer) }, registers[xlen].reserved, 0);
    expect(Buffer.from(after).equals(Buffer.from(before))).toBe(true);
    expect(pc.offset).toBeGreaterThan(0);
  });
});
