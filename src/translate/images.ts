// Wasm modules whose bytes depend on nothing but a few parameters. The bundler computes those that each start needs
// beforehand (scripts/build.mjs fills `prebuilt`); everywhere else they are computed when asked for.

/** Module bytes, and the names of what is in its table in order. */
export type Image = { readonly bytes: Uint8Array<ArrayBuffer>; readonly names: readonly string[] };

/** By key: JSON of the bytes in base64 and the names, read when asked for. Replaced in the bundle. */
export const prebuilt: Readonly<Record<string, string>> = {};

export function image(key: string, build: () => Image): Image {
  const ready = prebuilt[key];
  if (ready === undefined) return build();
  const [base64, names] = JSON.parse(ready) as [string, string[]];
  return { bytes: new Uint8Array(Buffer.from(base64, 'base64')), names };
}
