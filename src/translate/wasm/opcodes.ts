// The WebAssembly instructions that stand on their own (no block structure), by their standard names.
// A row is the binary opcode (prefix bytes included) and the stack effect. WebAssembly Core 3.0, section 5.4.
// The IR's operations are these rows plus those of translate/ops.ts; nothing is named twice.

/** A stack effect in the specification's order: 'operands -> result'. */
export type Signature = string;

/** What follows the opcode: nothing, a memory argument, or a lane number. */
type Row = readonly [opcode: number, signature: Signature];

/** Plain numeric instructions: a one-byte opcode, no immediate. */
export const numeric = {
  'i32.eqz': [0x45, 'i32 -> i32'], 'i32.eq': [0x46, 'i32 i32 -> i32'], 'i32.ne': [0x47, 'i32 i32 -> i32'],
  'i32.lt_s': [0x48, 'i32 i32 -> i32'], 'i32.lt_u': [0x49, 'i32 i32 -> i32'], 'i32.gt_s': [0x4a, 'i32 i32 -> i32'],
  'i32.gt_u': [0x4b, 'i32 i32 -> i32'], 'i32.le_s': [0x4c, 'i32 i32 -> i32'], 'i32.le_u': [0x4d, 'i32 i32 -> i32'],
  'i32.ge_s': [0x4e, 'i32 i32 -> i32'], 'i32.ge_u': [0x4f, 'i32 i32 -> i32'],
  'i64.eqz': [0x50, 'i64 -> i32'], 'i64.eq': [0x51, 'i64 i64 -> i32'], 'i64.ne': [0x52, 'i64 i64 -> i32'],
  'i64.lt_s': [0x53, 'i64 i64 -> i32'], 'i64.lt_u': [0x54, 'i64 i64 -> i32'], 'i64.gt_s': [0x55, 'i64 i64 -> i32'],
  'i64.gt_u': [0x56, 'i64 i64 -> i32'], 'i64.le_s': [0x57, 'i64 i64 -> i32'], 'i64.le_u': [0x58, 'i64 i64 -> i32'],
  'i64.ge_s': [0x59, 'i64 i64 -> i32'], 'i64.ge_u': [0x5a, 'i64 i64 -> i32'],
  'f32.eq': [0x5b, 'f32 f32 -> i32'], 'f32.ne': [0x5c, 'f32 f32 -> i32'], 'f32.lt': [0x5d, 'f32 f32 -> i32'],
  'f32.gt': [0x5e, 'f32 f32 -> i32'], 'f32.le': [0x5f, 'f32 f32 -> i32'], 'f32.ge': [0x60, 'f32 f32 -> i32'],
  'f64.eq': [0x61, 'f64 f64 -> i32'], 'f64.ne': [0x62, 'f64 f64 -> i32'], 'f64.lt': [0x63, 'f64 f64 -> i32'],
  'f64.gt': [0x64, 'f64 f64 -> i32'], 'f64.le': [0x65, 'f64 f64 -> i32'], 'f64.ge': [0x66, 'f64 f64 -> i32'],
  'i32.clz': [0x67, 'i32 -> i32'], 'i32.ctz': [0x68, 'i32 -> i32'], 'i32.popcnt': [0x69, 'i32 -> i32'],
  'i32.add': [0x6a, 'i32 i32 -> i32'], 'i32.sub': [0x6b, 'i32 i32 -> i32'], 'i32.mul': [0x6c, 'i32 i32 -> i32'],
  'i32.div_s': [0x6d, 'i32 i32 -> i32'], 'i32.div_u': [0x6e, 'i32 i32 -> i32'], 'i32.rem_s': [0x6f, 'i32 i32 -> i32'],
  'i32.rem_u': [0x70, 'i32 i32 -> i32'], 'i32.and': [0x71, 'i32 i32 -> i32'], 'i32.or': [0x72, 'i32 i32 -> i32'],
  'i32.xor': [0x73, 'i32 i32 -> i32'], 'i32.shl': [0x74, 'i32 i32 -> i32'], 'i32.shr_s': [0x75, 'i32 i32 -> i32'],
  'i32.shr_u': [0x76, 'i32 i32 -> i32'], 'i32.rotl': [0x77, 'i32 i32 -> i32'], 'i32.rotr': [0x78, 'i32 i32 -> i32'],
  'i64.clz': [0x79, 'i64 -> i64'], 'i64.ctz': [0x7a, 'i64 -> i64'], 'i64.popcnt': [0x7b, 'i64 -> i64'],
  'i64.add': [0x7c, 'i64 i64 -> i64'], 'i64.sub': [0x7d, 'i64 i64 -> i64'], 'i64.mul': [0x7e, 'i64 i64 -> i64'],
  'i64.div_s': [0x7f, 'i64 i64 -> i64'], 'i64.div_u': [0x80, 'i64 i64 -> i64'], 'i64.rem_s': [0x81, 'i64 i64 -> i64'],
  'i64.rem_u': [0x82, 'i64 i64 -> i64'], 'i64.and': [0x83, 'i64 i64 -> i64'], 'i64.or': [0x84, 'i64 i64 -> i64'],
  'i64.xor': [0x85, 'i64 i64 -> i64'], 'i64.shl': [0x86, 'i64 i64 -> i64'], 'i64.shr_s': [0x87, 'i64 i64 -> i64'],
  'i64.shr_u': [0x88, 'i64 i64 -> i64'], 'i64.rotl': [0x89, 'i64 i64 -> i64'], 'i64.rotr': [0x8a, 'i64 i64 -> i64'],
  'f32.abs': [0x8b, 'f32 -> f32'], 'f32.neg': [0x8c, 'f32 -> f32'], 'f32.ceil': [0x8d, 'f32 -> f32'],
  'f32.floor': [0x8e, 'f32 -> f32'], 'f32.trunc': [0x8f, 'f32 -> f32'], 'f32.nearest': [0x90, 'f32 -> f32'],
  'f32.sqrt': [0x91, 'f32 -> f32'], 'f32.add': [0x92, 'f32 f32 -> f32'], 'f32.sub': [0x93, 'f32 f32 -> f32'],
  'f32.mul': [0x94, 'f32 f32 -> f32'], 'f32.div': [0x95, 'f32 f32 -> f32'], 'f32.min': [0x96, 'f32 f32 -> f32'],
  'f32.max': [0x97, 'f32 f32 -> f32'], 'f32.copysign': [0x98, 'f32 f32 -> f32'],
  'f64.abs': [0x99, 'f64 -> f64'], 'f64.neg': [0x9a, 'f64 -> f64'], 'f64.ceil': [0x9b, 'f64 -> f64'],
  'f64.floor': [0x9c, 'f64 -> f64'], 'f64.trunc': [0x9d, 'f64 -> f64'], 'f64.nearest': [0x9e, 'f64 -> f64'],
  'f64.sqrt': [0x9f, 'f64 -> f64'], 'f64.add': [0xa0, 'f64 f64 -> f64'], 'f64.sub': [0xa1, 'f64 f64 -> f64'],
  'f64.mul': [0xa2, 'f64 f64 -> f64'], 'f64.div': [0xa3, 'f64 f64 -> f64'], 'f64.min': [0xa4, 'f64 f64 -> f64'],
  'f64.max': [0xa5, 'f64 f64 -> f64'], 'f64.copysign': [0xa6, 'f64 f64 -> f64'],
  'i32.wrap_i64': [0xa7, 'i64 -> i32'],
  'i64.extend_i32_s': [0xac, 'i32 -> i64'], 'i64.extend_i32_u': [0xad, 'i32 -> i64'],
  'f32.convert_i32_s': [0xb2, 'i32 -> f32'], 'f32.convert_i32_u': [0xb3, 'i32 -> f32'],
  'f32.convert_i64_s': [0xb4, 'i64 -> f32'], 'f32.convert_i64_u': [0xb5, 'i64 -> f32'], 'f32.demote_f64': [0xb6, 'f64 -> f32'],
  'f64.convert_i32_s': [0xb7, 'i32 -> f64'], 'f64.convert_i32_u': [0xb8, 'i32 -> f64'],
  'f64.convert_i64_s': [0xb9, 'i64 -> f64'], 'f64.convert_i64_u': [0xba, 'i64 -> f64'], 'f64.promote_f32': [0xbb, 'f32 -> f64'],
  'i32.reinterpret_f32': [0xbc, 'f32 -> i32'], 'i64.reinterpret_f64': [0xbd, 'f64 -> i64'],
  'f32.reinterpret_i32': [0xbe, 'i32 -> f32'], 'f64.reinterpret_i64': [0xbf, 'i64 -> f64'],
  'i32.extend8_s': [0xc0, 'i32 -> i32'], 'i32.extend16_s': [0xc1, 'i32 -> i32'],
  'i64.extend8_s': [0xc2, 'i64 -> i64'], 'i64.extend16_s': [0xc3, 'i64 -> i64'], 'i64.extend32_s': [0xc4, 'i64 -> i64'],
  'i32.trunc_sat_f32_s': [0xfc00, 'f32 -> i32'], 'i32.trunc_sat_f32_u': [0xfc01, 'f32 -> i32'],
  'i32.trunc_sat_f64_s': [0xfc02, 'f64 -> i32'], 'i32.trunc_sat_f64_u': [0xfc03, 'f64 -> i32'],
  'i64.trunc_sat_f32_s': [0xfc04, 'f32 -> i64'], 'i64.trunc_sat_f32_u': [0xfc05, 'f32 -> i64'],
  'i64.trunc_sat_f64_s': [0xfc06, 'f64 -> i64'], 'i64.trunc_sat_f64_u': [0xfc07, 'f64 -> i64'],
} as const satisfies Record<string, Row>;

/** Vector instructions without an immediate; the opcode is 0xfd followed by a LEB128 number. */
export const vector = {
  'i8x16.swizzle': [14, 'v128 v128 -> v128'], 'i8x16.splat': [15, 'i32 -> v128'], 'i16x8.splat': [16, 'i32 -> v128'],
  'i32x4.splat': [17, 'i32 -> v128'], 'i64x2.splat': [18, 'i64 -> v128'], 'f32x4.splat': [19, 'f32 -> v128'], 'f64x2.splat': [20, 'f64 -> v128'],
  'i8x16.eq': [35, 'v128 v128 -> v128'], 'i8x16.ne': [36, 'v128 v128 -> v128'], 'i8x16.lt_s': [37, 'v128 v128 -> v128'],
  'i8x16.lt_u': [38, 'v128 v128 -> v128'], 'i8x16.gt_s': [39, 'v128 v128 -> v128'], 'i8x16.gt_u': [40, 'v128 v128 -> v128'],
  'i8x16.le_s': [41, 'v128 v128 -> v128'], 'i8x16.le_u': [42, 'v128 v128 -> v128'], 'i8x16.ge_s': [43, 'v128 v128 -> v128'], 'i8x16.ge_u': [44, 'v128 v128 -> v128'],
  'i16x8.eq': [45, 'v128 v128 -> v128'], 'i16x8.ne': [46, 'v128 v128 -> v128'], 'i16x8.lt_s': [47, 'v128 v128 -> v128'],
  'i16x8.lt_u': [48, 'v128 v128 -> v128'], 'i16x8.gt_s': [49, 'v128 v128 -> v128'], 'i16x8.gt_u': [50, 'v128 v128 -> v128'],
  'i16x8.le_s': [51, 'v128 v128 -> v128'], 'i16x8.le_u': [52, 'v128 v128 -> v128'], 'i16x8.ge_s': [53, 'v128 v128 -> v128'], 'i16x8.ge_u': [54, 'v128 v128 -> v128'],
  'i32x4.eq': [55, 'v128 v128 -> v128'], 'i32x4.ne': [56, 'v128 v128 -> v128'], 'i32x4.lt_s': [57, 'v128 v128 -> v128'],
  'i32x4.lt_u': [58, 'v128 v128 -> v128'], 'i32x4.gt_s': [59, 'v128 v128 -> v128'], 'i32x4.gt_u': [60, 'v128 v128 -> v128'],
  'i32x4.le_s': [61, 'v128 v128 -> v128'], 'i32x4.le_u': [62, 'v128 v128 -> v128'], 'i32x4.ge_s': [63, 'v128 v128 -> v128'], 'i32x4.ge_u': [64, 'v128 v128 -> v128'],
  'f32x4.eq': [65, 'v128 v128 -> v128'], 'f32x4.ne': [66, 'v128 v128 -> v128'], 'f32x4.lt': [67, 'v128 v128 -> v128'],
  'f32x4.gt': [68, 'v128 v128 -> v128'], 'f32x4.le': [69, 'v128 v128 -> v128'], 'f32x4.ge': [70, 'v128 v128 -> v128'],
  'f64x2.eq': [71, 'v128 v128 -> v128'], 'f64x2.ne': [72, 'v128 v128 -> v128'], 'f64x2.lt': [73, 'v128 v128 -> v128'],
  'f64x2.gt': [74, 'v128 v128 -> v128'], 'f64x2.le': [75, 'v128 v128 -> v128'], 'f64x2.ge': [76, 'v128 v128 -> v128'],
  'v128.not': [77, 'v128 -> v128'], 'v128.and': [78, 'v128 v128 -> v128'], 'v128.andnot': [79, 'v128 v128 -> v128'],
  'v128.or': [80, 'v128 v128 -> v128'], 'v128.xor': [81, 'v128 v128 -> v128'], 'v128.bitselect': [82, 'v128 v128 v128 -> v128'],
  'v128.any_true': [83, 'v128 -> i32'],
  'f32x4.demote_f64x2_zero': [94, 'v128 -> v128'], 'f64x2.promote_low_f32x4': [95, 'v128 -> v128'],
  'i8x16.abs': [96, 'v128 -> v128'], 'i8x16.neg': [97, 'v128 -> v128'], 'i8x16.popcnt': [98, 'v128 -> v128'],
  'i8x16.all_true': [99, 'v128 -> i32'], 'i8x16.bitmask': [100, 'v128 -> i32'],
  'i8x16.narrow_i16x8_s': [101, 'v128 v128 -> v128'], 'i8x16.narrow_i16x8_u': [102, 'v128 v128 -> v128'],
  'f32x4.ceil': [103, 'v128 -> v128'], 'f32x4.floor': [104, 'v128 -> v128'], 'f32x4.trunc': [105, 'v128 -> v128'], 'f32x4.nearest': [106, 'v128 -> v128'],
  'i8x16.shl': [107, 'v128 i32 -> v128'], 'i8x16.shr_s': [108, 'v128 i32 -> v128'], 'i8x16.shr_u': [109, 'v128 i32 -> v128'],
  'i8x16.add': [110, 'v128 v128 -> v128'], 'i8x16.add_sat_s': [111, 'v128 v128 -> v128'], 'i8x16.add_sat_u': [112, 'v128 v128 -> v128'],
  'i8x16.sub': [113, 'v128 v128 -> v128'], 'i8x16.sub_sat_s': [114, 'v128 v128 -> v128'], 'i8x16.sub_sat_u': [115, 'v128 v128 -> v128'],
  'f64x2.ceil': [116, 'v128 -> v128'], 'f64x2.floor': [117, 'v128 -> v128'],
  'i8x16.min_s': [118, 'v128 v128 -> v128'], 'i8x16.min_u': [119, 'v128 v128 -> v128'], 'i8x16.max_s': [120, 'v128 v128 -> v128'], 'i8x16.max_u': [121, 'v128 v128 -> v128'],
  'f64x2.trunc': [122, 'v128 -> v128'], 'i8x16.avgr_u': [123, 'v128 v128 -> v128'],
  'i16x8.extadd_pairwise_i8x16_s': [124, 'v128 -> v128'], 'i16x8.extadd_pairwise_i8x16_u': [125, 'v128 -> v128'],
  'i32x4.extadd_pairwise_i16x8_s': [126, 'v128 -> v128'], 'i32x4.extadd_pairwise_i16x8_u': [127, 'v128 -> v128'],
  'i16x8.abs': [128, 'v128 -> v128'], 'i16x8.neg': [129, 'v128 -> v128'], 'i16x8.q15mulr_sat_s': [130, 'v128 v128 -> v128'],
  'i16x8.all_true': [131, 'v128 -> i32'], 'i16x8.bitmask': [132, 'v128 -> i32'],
  'i16x8.narrow_i32x4_s': [133, 'v128 v128 -> v128'], 'i16x8.narrow_i32x4_u': [134, 'v128 v128 -> v128'],
  'i16x8.extend_low_i8x16_s': [135, 'v128 -> v128'], 'i16x8.extend_high_i8x16_s': [136, 'v128 -> v128'],
  'i16x8.extend_low_i8x16_u': [137, 'v128 -> v128'], 'i16x8.extend_high_i8x16_u': [138, 'v128 -> v128'],
  'i16x8.shl': [139, 'v128 i32 -> v128'], 'i16x8.shr_s': [140, 'v128 i32 -> v128'], 'i16x8.shr_u': [141, 'v128 i32 -> v128'],
  'i16x8.add': [142, 'v128 v128 -> v128'], 'i16x8.add_sat_s': [143, 'v128 v128 -> v128'], 'i16x8.add_sat_u': [144, 'v128 v128 -> v128'],
  'i16x8.sub': [145, 'v128 v128 -> v128'], 'i16x8.sub_sat_s': [146, 'v128 v128 -> v128'], 'i16x8.sub_sat_u': [147, 'v128 v128 -> v128'],
  'f64x2.nearest': [148, 'v128 -> v128'], 'i16x8.mul': [149, 'v128 v128 -> v128'],
  'i16x8.min_s': [150, 'v128 v128 -> v128'], 'i16x8.min_u': [151, 'v128 v128 -> v128'], 'i16x8.max_s': [152, 'v128 v128 -> v128'], 'i16x8.max_u': [153, 'v128 v128 -> v128'],
  'i16x8.avgr_u': [155, 'v128 v128 -> v128'],
  'i16x8.extmul_low_i8x16_s': [156, 'v128 v128 -> v128'], 'i16x8.extmul_high_i8x16_s': [157, 'v128 v128 -> v128'],
  'i16x8.extmul_low_i8x16_u': [158, 'v128 v128 -> v128'], 'i16x8.extmul_high_i8x16_u': [159, 'v128 v128 -> v128'],
  'i32x4.abs': [160, 'v128 -> v128'], 'i32x4.neg': [161, 'v128 -> v128'], 'i32x4.all_true': [163, 'v128 -> i32'], 'i32x4.bitmask': [164, 'v128 -> i32'],
  'i32x4.extend_low_i16x8_s': [167, 'v128 -> v128'], 'i32x4.extend_high_i16x8_s': [168, 'v128 -> v128'],
  'i32x4.extend_low_i16x8_u': [169, 'v128 -> v128'], 'i32x4.extend_high_i16x8_u': [170, 'v128 -> v128'],
  'i32x4.shl': [171, 'v128 i32 -> v128'], 'i32x4.shr_s': [172, 'v128 i32 -> v128'], 'i32x4.shr_u': [173, 'v128 i32 -> v128'],
  'i32x4.add': [174, 'v128 v128 -> v128'], 'i32x4.sub': [177, 'v128 v128 -> v128'], 'i32x4.mul': [181, 'v128 v128 -> v128'],
  'i32x4.min_s': [182, 'v128 v128 -> v128'], 'i32x4.min_u': [183, 'v128 v128 -> v128'], 'i32x4.max_s': [184, 'v128 v128 -> v128'], 'i32x4.max_u': [185, 'v128 v128 -> v128'],
  'i32x4.dot_i16x8_s': [186, 'v128 v128 -> v128'],
  'i32x4.extmul_low_i16x8_s': [188, 'v128 v128 -> v128'], 'i32x4.extmul_high_i16x8_s': [189, 'v128 v128 -> v128'],
  'i32x4.extmul_low_i16x8_u': [190, 'v128 v128 -> v128'], 'i32x4.extmul_high_i16x8_u': [191, 'v128 v128 -> v128'],
  'i64x2.abs': [192, 'v128 -> v128'], 'i64x2.neg': [193, 'v128 -> v128'], 'i64x2.all_true': [195, 'v128 -> i32'], 'i64x2.bitmask': [196, 'v128 -> i32'],
  'i64x2.extend_low_i32x4_s': [199, 'v128 -> v128'], 'i64x2.extend_high_i32x4_s': [200, 'v128 -> v128'],
  'i64x2.extend_low_i32x4_u': [201, 'v128 -> v128'], 'i64x2.extend_high_i32x4_u': [202, 'v128 -> v128'],
  'i64x2.shl': [203, 'v128 i32 -> v128'], 'i64x2.shr_s': [204, 'v128 i32 -> v128'], 'i64x2.shr_u': [205, 'v128 i32 -> v128'],
  'i64x2.add': [206, 'v128 v128 -> v128'], 'i64x2.sub': [209, 'v128 v128 -> v128'], 'i64x2.mul': [213, 'v128 v128 -> v128'],
  'i64x2.eq': [214, 'v128 v128 -> v128'], 'i64x2.ne': [215, 'v128 v128 -> v128'], 'i64x2.lt_s': [216, 'v128 v128 -> v128'],
  'i64x2.gt_s': [217, 'v128 v128 -> v128'], 'i64x2.le_s': [218, 'v128 v128 -> v128'], 'i64x2.ge_s': [219, 'v128 v128 -> v128'],
  'i64x2.extmul_low_i32x4_s': [220, 'v128 v128 -> v128'], 'i64x2.extmul_high_i32x4_s': [221, 'v128 v128 -> v128'],
  'i64x2.extmul_low_i32x4_u': [222, 'v128 v128 -> v128'], 'i64x2.extmul_high_i32x4_u': [223, 'v128 v128 -> v128'],
  'f32x4.abs': [224, 'v128 -> v128'], 'f32x4.neg': [225, 'v128 -> v128'], 'f32x4.sqrt': [227, 'v128 -> v128'],
  'f32x4.add': [228, 'v128 v128 -> v128'], 'f32x4.sub': [229, 'v128 v128 -> v128'], 'f32x4.mul': [230, 'v128 v128 -> v128'], 'f32x4.div': [231, 'v128 v128 -> v128'],
  'f32x4.min': [232, 'v128 v128 -> v128'], 'f32x4.max': [233, 'v128 v128 -> v128'], 'f32x4.pmin': [234, 'v128 v128 -> v128'], 'f32x4.pmax': [235, 'v128 v128 -> v128'],
  'f64x2.abs': [236, 'v128 -> v128'], 'f64x2.neg': [237, 'v128 -> v128'], 'f64x2.sqrt': [239, 'v128 -> v128'],
  'f64x2.add': [240, 'v128 v128 -> v128'], 'f64x2.sub': [241, 'v128 v128 -> v128'], 'f64x2.mul': [242, 'v128 v128 -> v128'], 'f64x2.div': [243, 'v128 v128 -> v128'],
  'f64x2.min': [244, 'v128 v128 -> v128'], 'f64x2.max': [245, 'v128 v128 -> v128'], 'f64x2.pmin': [246, 'v128 v128 -> v128'], 'f64x2.pmax': [247, 'v128 v128 -> v128'],
  'i32x4.trunc_sat_f32x4_s': [248, 'v128 -> v128'], 'i32x4.trunc_sat_f32x4_u': [249, 'v128 -> v128'],
  'f32x4.convert_i32x4_s': [250, 'v128 -> v128'], 'f32x4.convert_i32x4_u': [251, 'v128 -> v128'],
  'i32x4.trunc_sat_f64x2_s_zero': [252, 'v128 -> v128'], 'i32x4.trunc_sat_f64x2_u_zero': [253, 'v128 -> v128'],
  'f64x2.convert_low_i32x4_s': [254, 'v128 -> v128'], 'f64x2.convert_low_i32x4_u': [255, 'v128 -> v128'],
} as const satisfies Record<string, Row>;

/** Vector instructions with a lane number as immediate. */
export const lane = {
  'i8x16.extract_lane_s': [21, 'v128 -> i32'], 'i8x16.extract_lane_u': [22, 'v128 -> i32'], 'i8x16.replace_lane': [23, 'v128 i32 -> v128'],
  'i16x8.extract_lane_s': [24, 'v128 -> i32'], 'i16x8.extract_lane_u': [25, 'v128 -> i32'], 'i16x8.replace_lane': [26, 'v128 i32 -> v128'],
  'i32x4.extract_lane': [27, 'v128 -> i32'], 'i32x4.replace_lane': [28, 'v128 i32 -> v128'],
  'i64x2.extract_lane': [29, 'v128 -> i64'], 'i64x2.replace_lane': [30, 'v128 i64 -> v128'],
  'f32x4.extract_lane': [31, 'v128 -> f32'], 'f32x4.replace_lane': [32, 'v128 f32 -> v128'],
  'f64x2.extract_lane': [33, 'v128 -> f64'], 'f64x2.replace_lane': [34, 'v128 f64 -> v128'],
} as const satisfies Record<string, Row>;

/** How many lanes a lane instruction can name: the shape is the name's prefix. */
export const laneCount = (name: keyof typeof lane): number => Number(/x(\d+)\./.exec(name)![1]);

/** Loads: operand is the address ('a' stands for the memory's address type). */
export const loads = {
  'i32.load': [0x28, 'a -> i32'], 'i64.load': [0x29, 'a -> i64'], 'f32.load': [0x2a, 'a -> f32'], 'f64.load': [0x2b, 'a -> f64'],
  'i32.load8_s': [0x2c, 'a -> i32'], 'i32.load8_u': [0x2d, 'a -> i32'], 'i32.load16_s': [0x2e, 'a -> i32'], 'i32.load16_u': [0x2f, 'a -> i32'],
  'i64.load8_s': [0x30, 'a -> i64'], 'i64.load8_u': [0x31, 'a -> i64'], 'i64.load16_s': [0x32, 'a -> i64'], 'i64.load16_u': [0x33, 'a -> i64'],
  'i64.load32_s': [0x34, 'a -> i64'], 'i64.load32_u': [0x35, 'a -> i64'],
  'v128.load': [0xfd00, 'a -> v128'], 'v128.load64_zero': [0xfd5d, 'a -> v128'],
} as const satisfies Record<string, Row>;

/** Stores: operands are the address and the value. */
export const stores = {
  'i32.store': [0x36, 'a i32 ->'], 'i64.store': [0x37, 'a i64 ->'], 'f32.store': [0x38, 'a f32 ->'], 'f64.store': [0x39, 'a f64 ->'],
  'i32.store8': [0x3a, 'a i32 ->'], 'i32.store16': [0x3b, 'a i32 ->'],
  'i64.store8': [0x3c, 'a i64 ->'], 'i64.store16': [0x3d, 'a i64 ->'], 'i64.store32': [0x3e, 'a i64 ->'],
  'v128.store': [0xfd0b, 'a v128 ->'],
} as const satisfies Record<string, Row>;

/** Atomic accesses (opcode 0xfe, second byte given); they trap when the address is not aligned to the width. */
export const atomics = {
  'i32.atomic.load': [0x10, 'a -> i32'], 'i64.atomic.load': [0x11, 'a -> i64'], 'i32.atomic.load8_u': [0x12, 'a -> i32'], 'i32.atomic.load16_u': [0x13, 'a -> i32'],
  'i32.atomic.store': [0x17, 'a i32 ->'], 'i64.atomic.store': [0x18, 'a i64 ->'], 'i32.atomic.store8': [0x19, 'a i32 ->'], 'i32.atomic.store16': [0x1a, 'a i32 ->'],
  'i32.atomic.rmw.add': [0x1e, 'a i32 -> i32'], 'i64.atomic.rmw.add': [0x1f, 'a i64 -> i64'],
  'i32.atomic.rmw.and': [0x2c, 'a i32 -> i32'], 'i64.atomic.rmw.and': [0x2d, 'a i64 -> i64'],
  'i32.atomic.rmw.or': [0x33, 'a i32 -> i32'], 'i64.atomic.rmw.or': [0x34, 'a i64 -> i64'],
  'i32.atomic.rmw.xor': [0x3a, 'a i32 -> i32'], 'i64.atomic.rmw.xor': [0x3b, 'a i64 -> i64'],
  'i32.atomic.rmw.xchg': [0x41, 'a i32 -> i32'], 'i64.atomic.rmw.xchg': [0x42, 'a i64 -> i64'],
  'i32.atomic.rmw8.xchg_u': [0x43, 'a i32 -> i32'], 'i32.atomic.rmw16.xchg_u': [0x44, 'a i32 -> i32'],
  'i32.atomic.rmw.cmpxchg': [0x48, 'a i32 i32 -> i32'], 'i64.atomic.rmw.cmpxchg': [0x49, 'a i64 i64 -> i64'],
  'i32.atomic.rmw8.cmpxchg_u': [0x4a, 'a i32 i32 -> i32'], 'i32.atomic.rmw16.cmpxchg_u': [0x4b, 'a i32 i32 -> i32'],
} as const satisfies Record<string, Row>;

/** log2 of the width in bytes that a memory instruction accesses, read from its name. */
export function accessAlign(name: string): 0 | 1 | 2 | 3 | 4 {
  if (name.startsWith('v128')) return name === 'v128.load64_zero' ? 3 : 4;
  const narrow = /(?:load|store|rmw)(8|16|32)/.exec(name);
  const bits = narrow ? Number(narrow[1]) : Number(name.slice(1, 3));
  return (Math.log2(bits) - 3) as 0 | 1 | 2 | 3;
}

/** What follows the opcode of an instruction of `structured`, by what it means. */
export type Immediate = 'none' | 'block' | 'label' | 'labels' | 'function' | 'signature' | 'local' | 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'lanes' | 'fence';

/** Control, locals and constants: what no operation of the IR is by itself. The opcode includes prefix bytes. */
export const structured = {
  'unreachable': [0x00, 'none'], 'block': [0x02, 'block'], 'loop': [0x03, 'block'], 'if': [0x04, 'block'], 'else': [0x05, 'none'], 'end': [0x0b, 'none'],
  'br': [0x0c, 'label'], 'br_if': [0x0d, 'label'], 'br_table': [0x0e, 'labels'], 'return': [0x0f, 'none'],
  'call': [0x10, 'function'], 'call_indirect': [0x11, 'signature'], 'return_call': [0x12, 'function'], 'return_call_indirect': [0x13, 'signature'],
  'drop': [0x1a, 'none'], 'select': [0x1b, 'none'], 'local.get': [0x20, 'local'], 'local.set': [0x21, 'local'], 'local.tee': [0x22, 'local'],
  'i32.const': [0x41, 'i32'], 'i64.const': [0x42, 'i64'], 'f32.const': [0x43, 'f32'], 'f64.const': [0x44, 'f64'],
  'v128.const': [0xfd0c, 'v128'], 'i8x16.shuffle': [0xfd0d, 'lanes'], 'atomic.fence': [0xfe03, 'fence'],
} as const satisfies Record<string, readonly [opcode: number, immediate: Immediate]>;

/** The relaxed vector instructions that operations are composed of; 0xfd followed by a LEB128 number. */
export const relaxed = {
  'f32x4.relaxed_madd': [0x105, 'v128 v128 v128 -> v128'], 'f32x4.relaxed_nmadd': [0x106, 'v128 v128 v128 -> v128'],
  'f64x2.relaxed_madd': [0x107, 'v128 v128 v128 -> v128'], 'f64x2.relaxed_nmadd': [0x108, 'v128 v128 v128 -> v128'],
} as const satisfies Record<string, Row>;
