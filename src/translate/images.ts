// Wasm modules whose bytes depend on nothing but a few parameters. The bundler computes those that each start needs
// beforehand (scripts/build.mjs fills `prebuilt`); everywhere else they are computed when asked for.

/** Module bytes, and the names of what is in its table in order. */
export type Image = { readonly bytes: Uint8Array<ArrayBuffer>; readonly names: readonly string[] };

/** By key: bytes in base64, and the names. Replaced in the bundle. */
export const prebuilt: Readonly<Record<string, readonly [base64: string, names: readonly string[]]>> = {};

export function image(key: string, build: () => Image): Image {
  const ready = prebuilt[key];
  return ready ? { bytes: new Uint8Array(Buffer.from(ready[0], 'base64')), names: ready[1] } : build();
}
