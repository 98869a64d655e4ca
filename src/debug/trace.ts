// The -d items that show the translator at work: each stage of a piece of code as text, when it is translated.
import type { Guest } from '../guests/guest.ts';
import type { Task } from '../threads/task.ts';
import type { Engine } from '../translate/engine.ts';
import { printBlock, slotBytes, type Unit } from '../translate/ir.ts';
import { CPU, CPU_BYTES, FLOAT_CELLS, FLOAT_ENVIRONMENT, FLOAT_FLAGS, PENDING, STACK_LEFT } from '../translate/state.ts';
import { beforeEnd } from '../threads/exit.ts';
import { log, logging } from './log.ts';
import { moduleText } from './wasm-text.ts';

/**
 * What a region accesses at an offset of the state memory: the guest's slot of that type if there is one, else the widest
 * slot around it (`q0+8`), or one of our own cells.
 */
export function stateCell({ slots }: Guest, type: string, offset: number): string | undefined {
  const at = offset - CPU;
  const around = slots.filter((s) => at >= s.offset && at < s.offset + slotBytes[s.type]);
  const exact = around.find((s) => s.offset === at && s.type === type);
  if (exact) return exact.name;
  const [slot] = around.sort((a, b) => slotBytes[b.type] - slotBytes[a.type]);
  if (slot) return at === slot.offset ? slot.name : `${slot.name}+${at - slot.offset}`;
  if (offset === PENDING) return 'pending';
  if (offset === STACK_LEFT) return 'stack left';
  if (offset >= FLOAT_CELLS && offset < FLOAT_CELLS + 48) return `float operands+${offset - FLOAT_CELLS}`;
  if (at === FLOAT_FLAGS) return 'float flags';
  return at >= FLOAT_ENVIRONMENT && at < CPU_BYTES ? `float environment+${at - FLOAT_ENVIRONMENT}` : undefined;
}

/** True when each unit that is entered is logged: -d exec and cpu. Everything then runs in tier 0. */
export const watchesExecution = (): boolean => logging('exec') || logging('cpu');

/** True when code is shown: what earlier runs left in the cache would not be, so the cache is used only if `-d cache` is there too. */
export const avoidsCache = (): boolean => ['in_asm', 'op', 'op_opt', 'out_asm'].some(logging) && !logging('cache');

/** Connects the engine with the items that were asked for: in_asm, op, op_opt, out_asm, exec, cpu, stats. */
export function attachTrace(engine: Engine, task: Task): void {
  const { guest } = task;
  const wanted = (address: number) => {
    const { filter } = task.program.options;
    return filter.length === 0 || filter.some((f) => address >= f.from && address <= f.to);
  };
  const disassemble = (unit: Unit) => {
    let text = '----------------\nIN:\n';
    for (let pc = unit.pc; guest.address(pc) < unit.to;) {
      const insn = guest.disassemble(pc, engine.fetcher);
      text += `0x${guest.address(pc).toString(16).padStart(8, '0')}:  ${insn.text}\n`;
      pc += insn.bytes;
    }
    log(text);
  };
  const showUnit = (unit: Unit) => {
    if (logging('in_asm')) disassemble(unit);
    if (logging('op')) log(`OP:\n${unit.blocks.map(printBlock).join('\n')}\n`);
  };
  if (logging('in_asm') || logging('op')) engine.trace.unit = (unit) => { if (wanted(unit.from)) showUnit(unit); };
  if (['in_asm', 'op', 'op_opt', 'out_asm'].some(logging)) {
    const cell = (memory: string, instruction: string, offset: number) =>
      (memory === '$state' ? stateCell(guest, instruction.slice(0, instruction.indexOf('.')), offset) : undefined);
    engine.trace.region = (entry, graph, wasm, marks) => {
      if (!wanted(guest.address(entry))) return;
      graph.units.forEach(showUnit);
      if (logging('op_opt')) log(`REGION 0x${entry.toString(16)}:\n${graph.blocks.map((b) => printBlock(b.block)).join('\n')}\n`);
      if (!logging('out_asm')) return;
      const faults = new Map(marks.map(({ offset, pc }) => [offset, `0x${guest.address(pc).toString(16)}: ${guest.disassemble(pc, engine.fetcher).text}`]));
      log(`OUT: region 0x${entry.toString(16)}, ${wasm.length} bytes\n${moduleText(wasm, { cell, marks: faults })}`);
    };
  }
  if (logging('stats')) {
    engine.stats.watch();
    beforeEnd.push(() => log(`${task.tid} ${task.program.exe}\n${engine.stats.text()}`));
  }
  if (watchesExecution()) {
    engine.trace.enter = (location) => {
      if (!wanted(guest.address(location))) return;
      const line = logging('exec') ? `${task.tid} exec 0x${guest.address(location).toString(16).padStart(8, '0')}\n` : '';
      if (!logging('cpu')) { log(line); return; }
      guest.setLocation(task.cpu, location); // while code runs, the state's own is old
      log(`${line}${guest.dump(task.cpu)}\n`);
    };
  }
}
