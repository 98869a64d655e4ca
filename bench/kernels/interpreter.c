// A byte-code interpreter: one big switch in a loop, running a program with nested loops.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOAD, STORE, PUSH, ADD, SUB, MUL, AND, XOR, LESS, JUMP, JUMPZ, DUP, SWAP, DROP, INDEX, PUT, HALT };

static int32_t run(const int32_t *code) {
  static int32_t memory[256];
  int32_t stack[64], *sp = stack, variables[8] = {0};
  for (const int32_t *pc = code;;) {
    switch (*pc++) {
      case LOAD:
        *sp++ = variables[*pc++];
        break;
      case STORE:
        variables[*pc++] = *--sp;
        break;
      case PUSH:
        *sp++ = *pc++;
        break;
      case ADD:
        sp--;
        sp[-1] += *sp;
        break;
      case SUB:
        sp--;
        sp[-1] -= *sp;
        break;
      case MUL:
        sp--;
        sp[-1] *= *sp;
        break;
      case AND:
        sp--;
        sp[-1] &= *sp;
        break;
      case XOR:
        sp--;
        sp[-1] ^= *sp;
        break;
      case LESS:
        sp--;
        sp[-1] = sp[-1] < *sp;
        break;
      case JUMP:
        pc = code + *pc;
        break;
      case JUMPZ:
        pc = *--sp ? pc + 1 : code + *pc;
        break;
      case DUP:
        *sp = sp[-1];
        sp++;
        break;
      case SWAP: {
        int32_t t = sp[-1];
        sp[-1] = sp[-2];
        sp[-2] = t;
        break;
      }
      case DROP:
        sp--;
        break;
      case INDEX:
        sp[-1] = memory[sp[-1] & 255];
        break;
      case PUT:
        sp -= 2;
        memory[sp[0] & 255] = sp[1];
        break;
      case HALT:
        return sp[-1];
    }
  }
}

int main(int argc, char **argv) {
  int limit = argc > 1 ? atoi(argv[1]) : 6000;
  int32_t program[] = {PUSH,
                       0,
                       STORE,
                       0,
                       PUSH,
                       1,
                       STORE,
                       2,
                       /* 8: outer */ LOAD,
                       0,
                       PUSH,
                       limit,
                       LESS,
                       JUMPZ,
                       56,
                       PUSH,
                       0,
                       STORE,
                       1,
                       /* 19: inner */ LOAD,
                       1,
                       PUSH,
                       400,
                       LESS,
                       JUMPZ,
                       49,
                       LOAD,
                       1,
                       LOAD,
                       2,
                       LOAD,
                       1,
                       INDEX,
                       ADD,
                       LOAD,
                       0,
                       XOR,
                       DUP,
                       STORE,
                       2,
                       PUT,
                       LOAD,
                       1,
                       PUSH,
                       1,
                       ADD,
                       STORE,
                       1,
                       JUMP,
                       19,
                       /* 50 */ LOAD,
                       0,
                       PUSH,
                       1,
                       ADD,
                       STORE,
                       0,
                       JUMP,
                       8,
                       LOAD,
                       2,
                       HALT};
  // the jump targets are found, not counted
  int outer = 8, inner = 19, after = 0, end = 0;
  for (int i = 0; i < (int)(sizeof program / sizeof *program) - 1; i++)
    if (program[i] == JUMP && program[i + 1] == inner && !after) after = i + 2;
  for (int i = after; i < (int)(sizeof program / sizeof *program) - 1; i++)
    if (program[i] == JUMP && program[i + 1] == outer) end = i + 2;
  program[14] = end;
  program[25] = after;
  printf("%d\n", run(program));
}
