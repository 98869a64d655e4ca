// The -d items that show the translator at work: each stage of a piece of code as text, when it is translated.
import type { Task } from '../threads/task.ts';
import type { Engine } from '../translate/engine.ts';
import { printBlock, type Unit } from '../translate/ir.ts';
import { log, logging } from './log.ts';

/** Connects the engine with the items that were asked for: in_asm, op, op_opt, out_asm. */
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
  if (logging('in_asm') || logging('op')) {
    engine.trace.unit = (unit) => {
      if (!wanted(unit.from)) return;
      if (logging('in_asm')) disassemble(unit);
      if (logging('op')) log(`OP:\n${unit.blocks.map(printBlock).join('\n')}\n`);
    };
  }
  if (logging('in_asm') || logging('op_opt') || logging('out_asm')) {
    engine.trace.region = (entry, graph, wasm) => {
      if (!wanted(guest.address(entry))) return;
      if (logging('in_asm')) graph.units.forEach(disassemble);
      if (logging('op_opt')) log(`REGION 0x${entry.toString(16)}:\n${graph.blocks.map((b) => printBlock(b.block)).join('\n')}\n`);
      if (logging('out_asm')) log(`OUT: region 0x${entry.toString(16)} ${wasm.length} bytes of wasm\n${Buffer.from(wasm).toString('hex')}\n`);
    };
  }
}
