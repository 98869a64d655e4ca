// What gdb asks for while the guest stands still: packets in, answers out, until one of them lets the guest go on. One thread at a time talks.
import { SYS } from '../../host/abi.ts';
import { plainCall } from '../../host/kernel.ts';
import { toGuest } from '../../signals/siginfo.ts';
import { SIG } from '../../signals/numbers.ts';
import { ownSlot, runningSlots, slotTid } from '../../threads/group.ts';
import type { Task } from '../../threads/task.ts';
import type { Connection } from './connection.ts';
import { answerFile } from './files.ts';
import { readMemory, writeMemory } from './memory.ts';
import { fromHex, number, PACKET_SIZE, part, toHex, type Received } from './packets.ts';
import { FEATURE, GO, STAY, STEP, WORD, type Shared, type Watch } from './shared.ts';
import { fromGdb } from './signal-numbers.ts';
import { readAll, readOne, targetOf, writeAll, writeOne } from './target.ts';
import { ALL, extraInfo, ownPid, parseThread, showThread, slotOf, threadsXml, withRegisters } from './threads.ts';

/** Why gdb is talked to: what `?` answers, what came with a signal, and a child that waits to be told whose it is. */
export type Occasion = { readonly reply: () => string; readonly info: Uint8Array | null; readonly child: Child | null };
/** A process that was just made. `decide` tells it whether gdb goes on with it (and leaves this one) or not. */
export type Child = { readonly pid: number; decide(followed: boolean): void };

/** How a session ends: threads go on as the shared actions say; and the signal that the thread which talks is to get. */
export type Outcome = { readonly how: 'resumed' | 'detached' | 'killed' | 'handed over' | 'gone'; readonly signal: number };

/** Actions of vCont by thread: the first that fits a thread is its. */
type Action = { readonly kind: number; readonly signal: number; readonly tid: number; readonly range: readonly [from: number, to: number] };

const watchKinds: Readonly<Record<string, Watch['kind']>> = { 2: 'write', 3: 'read', 4: 'access' };

export class Session {
  private readonly task: Task;
  private readonly shared: Shared;
  private readonly connection: Connection;
  private readonly occasion: Occasion;
  /** The threads that g and the like, and c and s, are about. */
  private registersOf = 0;
  private resumes = ALL;
  /** Registers and breakpoints are those of the child that was just made: a copy of this process. */
  private ofChild = false;
  private outcome: Outcome | null = null;
  private readonly own = ownSlot();

  constructor(task: Task, shared: Shared, connection: Connection, occasion: Occasion) {
    this.task = task;
    this.shared = shared;
    this.connection = connection;
    this.occasion = occasion;
  }

  /** Answers gdb until the guest is to go on. `first` has come already; what came after the last packet is answered too. */
  run(first: readonly Received[] = []): { readonly outcome: Outcome; readonly rest: readonly Received[] } {
    let received: Received[] | null = [...first];
    for (;;) {
      while (received.length > 0) {
        this.take(received.shift()!);
        if (this.outcome !== null) return { outcome: this.outcome, rest: received };
      }
      received = this.connection.receive(true);
      if (received === null) return { outcome: { how: 'gone', signal: 0 }, rest: [] };
    }
  }

  private take(what: Received): void {
    switch (what.kind) {
      case 'packet': {
        this.connection.acknowledge(true);
        const answer = this.answer(what.body);
        if (answer !== null) this.connection.send(answer);
        break;
      }
      case 'damaged': this.connection.acknowledge(false); break;
      case 'repeat': this.connection.repeat(); break;
      case 'interrupt': break; // it stands still already
    }
  }

  /** Null when there is nothing to answer now. */
  private answer(body: string): string | null {
    for (const [start, run] of commands) if (body.startsWith(start)) return run(this, body.slice(start.length));
    return '';
  }

  private get multiprocess(): boolean { return this.shared.has(FEATURE.MULTIPROCESS); }

  // Commands, in the order of gdb's manual.

  stopReason(): string { return this.occasion.reply(); }

  private onRegisters<T>(run: Parameters<typeof withRegisters<T>>[2]): T | null {
    const slot = slotOf(this.registersOf);
    return slot === undefined ? null : withRegisters(this.task, slot, run);
  }

  readRegisters(): string { return this.onRegisters((cpu) => readAll(this.task.guest, cpu)) ?? 'E01'; }
  writeRegisters(text: string): string { return this.onRegisters((cpu) => writeAll(this.task.guest, cpu, text)) ? 'OK' : 'E01'; }
  readRegister(text: string): string { return this.onRegisters((cpu) => readOne(this.task.guest, cpu, number(text))) ?? 'E01'; }
  writeRegister(text: string): string {
    const [which, value = ''] = text.split('=');
    return this.onRegisters((cpu) => writeOne(this.task.guest, cpu, number(which), value)) ? 'OK' : 'E01';
  }

  readMemory(text: string): string {
    const [address, bytes] = text.split(',').map(number);
    if (address === undefined || bytes === undefined || Number.isNaN(address + bytes)) return 'E01';
    const found = readMemory(this.task, address, Math.min(bytes, PACKET_SIZE / 2 - 2));
    return found.length === 0 && bytes > 0 ? 'E0e' : toHex(found);
  }

  writeMemory(text: string, binary: boolean): string {
    const match = /^([^,]+),([^:]+):([^]*)$/.exec(text);
    const [address, bytes] = [number(match?.[1]), number(match?.[2])];
    const data = match === null ? null : binary ? Buffer.from(match[3]!, 'latin1') : fromHex(match[3]!);
    if (data === null || Number.isNaN(address) || data.length !== bytes) return 'E01';
    // A child that is let go has none of our breakpoints to be taken out of its memory.
    return this.ofChild || writeMemory(this.task, address, data) ? 'OK' : 'E0e';
  }

  chooseThread(text: string): string {
    const thread = parseThread(text.slice(1));
    if (thread === null) return 'E01';
    const child = this.occasion.child?.pid;
    if (text[0] === 'c') { this.resumes = thread.tid; return 'OK'; }
    if (text[0] !== 'g') return 'E01';
    this.ofChild = thread.pid === child;
    if (!this.ofChild && thread.pid > 0 && thread.pid !== ownPid()) return 'E01';
    if (!this.ofChild && slotOf(thread.tid) === undefined) return 'E01';
    this.registersOf = this.ofChild || thread.tid <= 0 ? 0 : thread.tid;
    return 'OK';
  }

  threadAlive(text: string): string {
    const thread = parseThread(text);
    return thread !== null && (thread.pid === this.occasion.child?.pid || (thread.pid === ownPid() && slotOf(thread.tid) !== undefined)) ? 'OK' : 'E01';
  }

  breakpoint(text: string, insert: boolean): string {
    const [type = '', where, size] = text.split(';', 1)[0]!.split(',');
    const [address, bytes] = [number(where), number(size)];
    if (Number.isNaN(address + bytes)) return 'E01';
    if (this.ofChild) return 'OK';
    if (type === '0' || type === '1') return this.changeBreakpoint(address, insert);
    const kind = watchKinds[type];
    if (kind === undefined) return '';
    const others = this.shared.watches().filter((watch) => watch.kind !== kind || watch.address !== address || watch.bytes !== bytes);
    return this.shared.setWatches(insert ? [...others, { kind, address, bytes }] : others) ? 'OK' : 'E1c';
  }

  private changeBreakpoint(address: number, insert: boolean): string {
    const others = this.shared.breakpoints().filter((one) => one !== address);
    if (!this.shared.setBreakpoints(insert ? [...others, address] : others)) return 'E1c';
    this.task.memory.flushCode(address, address + 4);
    return 'OK';
  }

  /** vCont;ACTION[:THREAD];... */
  resume(text: string): string | null {
    const actions: Action[] = [];
    for (const item of text.split(';')) {
      const [what = '', who] = item.split(':');
      const thread = who === undefined ? { tid: ALL } : parseThread(who);
      const letter = what[0] ?? '';
      if (thread === null || !/^[cCsSrt]$/.test(letter)) return 'E01';
      const range = letter === 'r' ? what.slice(1).split(',').map(number) : [0, 0];
      const signal = /[CS]/.test(letter) ? fromGdb(number(what.slice(1))) : 0;
      actions.push({ kind: /[sSr]/.test(letter) ? STEP : letter === 't' ? STAY : GO, signal, tid: thread.tid, range: [range[0] || 0, range[1] || 0] });
    }
    return this.go(actions);
  }

  /** c, C, s and S: they are about the thread of Hc, and the others go on. */
  resumeOne(text: string, kind: number, withSignal: boolean): string | null {
    const signal = withSignal ? fromGdb(number(text.split(';')[0])) : 0;
    const tid = this.resumes > 0 ? this.resumes : slotTid(this.own);
    return this.go([{ kind, signal, tid, range: [0, 0] }, { kind: GO, signal: 0, tid: ALL, range: [0, 0] }]);
  }

  private go(actions: readonly Action[]): null {
    let signal = 0;
    for (const slot of runningSlots()) {
      const action = actions.find(({ tid }) => tid <= 0 || tid === slotTid(slot));
      this.shared.setAction(slot, action?.kind ?? STAY);
      this.shared.setRange(slot, ...(action?.range ?? [0, 0] as const));
      if (!action?.signal) continue;
      if (slot === this.own) { signal = action.signal; continue; }
      this.shared.setDeliver(slot, action.signal);
      plainCall(SYS.tgkill, ownPid(), slotTid(slot), action.signal);
    }
    this.outcome = { how: 'resumed', signal };
    return null;
  }

  detach(text: string): string | null {
    const child = this.occasion.child;
    const pid = text.startsWith(';') ? number(text.slice(1)) : ownPid();
    if (child !== null && pid === child.pid) {
      child.decide(false);
      return 'OK';
    }
    if (pid !== ownPid()) return 'E01';
    this.connection.send('OK');
    if (child !== null) child.decide(true);
    this.outcome = { how: child === null ? 'detached' : 'handed over', signal: 0 };
    return null;
  }

  kill(): string | null {
    this.outcome = { how: 'killed', signal: SIG.KILL };
    return 'OK';
  }

  file(text: string): string { return answerFile(this.task, text); }

  // Queries.

  supported(text: string): string {
    const theirs = new Set(text.split(';'));
    const bits = { 'multiprocess+': FEATURE.MULTIPROCESS, 'swbreak+': FEATURE.SWBREAK, 'hwbreak+': FEATURE.HWBREAK, 'fork-events+': FEATURE.FORK, 'vfork-events+': FEATURE.VFORK, 'exec-events+': FEATURE.EXEC };
    this.shared.set(WORD.FEATURES, Object.entries(bits).reduce((all, [name, bit]) => all | (theirs.has(name) ? bit : 0), 0));
    return [
      `PacketSize=${PACKET_SIZE.toString(16)}`, 'QStartNoAckMode+', 'multiprocess+', 'vContSupported+', 'swbreak+', 'hwbreak+', 'fork-events+', 'vfork-events+', 'exec-events+', 'QPassSignals+',
      'QCatchSyscalls+', 'qXfer:features:read+', 'qXfer:auxv:read+', 'qXfer:exec-file:read+', 'qXfer:siginfo:read+', 'qXfer:threads:read+',
    ].join(';');
  }

  transfer(text: string): string {
    const [object = '', operation, annex = '', range = ''] = text.split(':');
    const document = operation === 'read' ? this.document(object, annex) : undefined;
    if (document === undefined) return '';
    return document === null ? 'E01' : part(document, range);
  }

  /** Undefined for what is not known, null for what there is nothing of now. */
  private document(object: string, annex: string): string | null | undefined {
    const { guest, program } = this.task;
    switch (object) {
      case 'features': return annex === 'target.xml' ? targetOf(guest).xml : null;
      case 'auxv': return program.image ? Buffer.from(program.image.auxv).toString('latin1') : null;
      case 'exec-file': return Buffer.from(program.exe).toString('latin1');
      case 'siginfo': return this.occasion.info === null ? null : Buffer.from(toGuest(this.occasion.info, guest.data)).toString('latin1');
      case 'threads': return threadsXml(this.multiprocess);
      default: return undefined;
    }
  }

  currentThread(): string { return `QC${showThread(slotTid(this.own), this.multiprocess)}`; }
  threadList(): string { return `m${runningSlots().map((slot) => showThread(slotTid(slot), this.multiprocess)).join(',')}`; }
  threadExtraInfo(text: string): string {
    const thread = parseThread(text);
    return thread === null || thread.tid <= 0 ? 'E01' : extraInfo(thread.tid);
  }

  passSignals(text: string): string {
    this.shared.setPassed(text.split(';').filter((one) => one !== '').map((one) => fromGdb(number(one))).filter((signal) => signal > 0));
    return 'OK';
  }

  catchCalls(text: string): string {
    const [on, ...calls] = text.split(';');
    if (on !== '0' && on !== '1') return 'E01';
    const numbers = calls.map(number);
    if (numbers.some(Number.isNaN)) return 'E01';
    this.shared.setCaught(on === '0' ? [] : numbers.length === 0 ? 'all' : numbers);
    return 'OK';
  }

  noAcknowledgements(): string | null {
    this.connection.send('OK');
    this.shared.set(WORD.NO_ACK, 1);
    return null;
  }

  /** gdb's `monitor` command. */
  monitor(text: string): string {
    const line = fromHex(text)?.toString('latin1').trim();
    const { guest, program, cpu } = this.task;
    const texts: Readonly<Record<string, () => string>> = {
      help: () => 'monitor help        this text\nmonitor registers   the registers as -d cpu prints them\nmonitor program     what runs\n',
      registers: () => `${guest.dump(cpu)}\n`,
      program: () => `${program.exe}: process ${ownPid()}, ${runningSlots().length} threads, ${guest.name}\n`,
    };
    return toHex(Buffer.from(texts[line ?? '']?.() ?? `There is no 'monitor ${line ?? ''}': see 'monitor help'.\n`));
  }
}

/** Longer beginnings before shorter ones. */
const commands: readonly (readonly [start: string, run: (session: Session, rest: string) => string | null])[] = [
  ['vCont?', () => 'vCont;c;C;s;S;t;r'],
  ['vCont;', (s, rest) => s.resume(rest)],
  ['vFile:', (s, rest) => s.file(rest)],
  ['vKill;', (s) => s.kill()],
  ['qSupported:', (s, rest) => s.supported(rest)],
  ['qSupported', (s, rest) => s.supported(rest)],
  ['qXfer:', (s, rest) => s.transfer(rest)],
  ['qAttached', () => '0'],
  ['qC', (s, rest) => (rest === '' ? s.currentThread() : '')],
  ['qfThreadInfo', (s) => s.threadList()],
  ['qsThreadInfo', () => 'l'],
  ['qThreadExtraInfo,', (s, rest) => s.threadExtraInfo(rest)],
  ['qRcmd,', (s, rest) => s.monitor(rest)],
  ['QStartNoAckMode', (s) => s.noAcknowledgements()],
  ['QPassSignals:', (s, rest) => s.passSignals(rest)],
  ['QCatchSyscalls:', (s, rest) => s.catchCalls(rest)],
  ['?', (s) => s.stopReason()],
  ['c', (s, rest) => s.resumeOne(rest, GO, false)],
  ['C', (s, rest) => s.resumeOne(rest, GO, true)],
  ['s', (s, rest) => s.resumeOne(rest, STEP, false)],
  ['S', (s, rest) => s.resumeOne(rest, STEP, true)],
  ['D', (s, rest) => s.detach(rest)],
  ['g', (s) => s.readRegisters()],
  ['G', (s, rest) => s.writeRegisters(rest)],
  ['H', (s, rest) => s.chooseThread(rest)],
  ['k', (s) => { s.kill(); return null; }],
  ['m', (s, rest) => s.readMemory(rest)],
  ['M', (s, rest) => s.writeMemory(rest, false)],
  ['p', (s, rest) => s.readRegister(rest)],
  ['P', (s, rest) => s.writeRegister(rest)],
  ['T', (s, rest) => s.threadAlive(rest)],
  ['X', (s, rest) => s.writeMemory(rest, true)],
  ['z', (s, rest) => s.breakpoint(rest, false)],
  ['Z', (s, rest) => s.breakpoint(rest, true)],
];
