// What processors may lack: a name for each group of rows that comes and goes as a whole. Names are those of /proc/cpuinfo
// where Linux has one ('mp': the Multiprocessing Extensions of ARMv7). Rows in no group are there from ARMv5TE on.

export const features = [
  'v6', 'v6k', 'v7', 'mp', 'v8', 'idiva', 'idivt', 'crc32', 'sb',
  'vfp', 'vfpv3', 'vfpv4', 'vfpd32', 'fpshvec', 'halfconv', 'neon', 'aes', 'pmull', 'sha1', 'sha2',
  'fphp', 'asimdhp', 'asimddp', 'asimdfhm', 'asimdbf16', 'i8mm', 'rdm', 'fcma', 'jscvt',
] as const;
export type Feature = (typeof features)[number];

/** Of a table the rows that ask for a feature; for the other rows what all of the table asks for, if anything. */
export type Groups = Readonly<Partial<Record<Feature, readonly string[]>>>;

const acquireRelease = ['lda', 'ldab', 'ldah', 'ldaex', 'ldaexb', 'ldaexh', 'ldaexd', 'stl', 'stlb', 'stlh', 'stlex', 'stlexb', 'stlexh', 'stlexd'];

export const a32Groups: Groups = {
  v6: [
    'umaal', 'sel', 'pkh', 'sxtab16', 'sxtab', 'sxtah', 'uxtab16', 'uxtab', 'uxtah', 'rev', 'rev16', 'revsh', 'smmla', 'smmls', 'usada8',
    'smlad', 'smlsd', 'smlald', 'smlsld', 'ssat', 'usat', 'ssat16', 'usat16', 'par_add16', 'par_asx', 'par_sax', 'par_sub16', 'par_add8', 'par_sub8',
    'strex', 'ldrex', 'setend', 'cps',
  ],
  v6k: ['strexb', 'strexh', 'strexd', 'ldrexb', 'ldrexh', 'ldrexd', 'clrex'],
  v7: ['movw', 'movt', 'mls', 'rbit', 'sbfx', 'ubfx', 'bfi', 'dsb', 'dmb', 'isb', 'pli_imm', 'pli_reg'],
  mp: ['pldw_imm', 'pldw_reg', 'hint_imm', 'hint_reg'],
  v8: acquireRelease,
  idiva: ['sdiv', 'udiv'],
  crc32: ['crc32'],
  sb: ['sb'],
};

export const t16Groups: Groups = {
  v6: ['sxth', 'sxtb', 'uxth', 'uxtb', 'rev', 'rev16', 'revsh', 'setend', 'cps'],
  v7: ['cbz', 'cbnz', 'it', 'hint'],
};

/** Beside BL and BLX, which are halfwords of their own to processors without Thumb-2, all need v7. */
export const t32Groups: Groups = { v8: acquireRelease, idivt: ['sdiv', 'udiv'], crc32: ['crc32'], sb: ['sb'] };
export const t32Always: readonly string[] = ['bl', 'blx_imm'];

export const vfpGroups: Groups = {
  vfpv3: ['vmovImmediate', 'vcvtFromFixed', 'vcvtToFixed'],
  vfpv4: ['vfma', 'vfms', 'vfnma', 'vfnms'],
  halfconv: ['vcvtFromHalf', 'vcvtToHalf'],
  v8: ['vrintr', 'vrintz', 'vrintx'],
  neon: ['vdupCore'],
};

export const neonGroups: Groups = {
  vfpv4: ['vfma', 'vfms'],
  halfconv: ['vcvtToHalf', 'vcvtFromHalf'],
  v8: ['vrintn', 'vrintx', 'vrinta', 'vrintz', 'vrintm', 'vrintp', 'vcvtRounded', 'vmaxnm', 'vminnm'],
  aes: ['aese', 'aesd', 'aesmc', 'aesimc'],
  pmull: ['vmullPolynomial64'],
  sha1: ['sha1h', 'sha1su1', 'sha1c', 'sha1p', 'sha1m', 'sha1su0'],
  sha2: ['sha256su0', 'sha256h', 'sha256h2', 'sha256su1'],
};
