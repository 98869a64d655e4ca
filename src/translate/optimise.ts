// Has V8 compile one Wasm function with its optimising compiler now, instead of when its own counters say so.

let intrinsic: ((f: unknown) => void) | undefined;

/** `f` is an exported Wasm function. Takes about 0.1 ms and 2 µs a guest instruction. */
export function optimise(f: unknown): void {
  if (intrinsic === undefined) {
    const v8 = process.getBuiltinModule('node:v8');
    v8.setFlagsFromString('--allow-natives-syntax');
    intrinsic = new Function('f', '%WasmTierUpFunction(f)') as (f: unknown) => void;
    v8.setFlagsFromString('--no-allow-natives-syntax');
  }
  intrinsic(f);
}
