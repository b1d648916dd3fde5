import type {BinaryOperator} from '../syntax/ast.js'
import type {Int} from './type.js'
import type {ArithmeticOperator} from './tree.js'

export function isArithmetic(operator: BinaryOperator): operator is ArithmeticOperator {
  return ['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>'].includes(operator)
}

/** The result of an operation on numbers that are known; undefined for a division by 0. */
export function fold(operator: ArithmeticOperator, a: bigint, b: bigint, {signed}: Int): bigint | undefined {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return b === 0n ? undefined : a / b
    case '%':
      return b === 0n ? undefined : a % b
    case '&':
      return a & b
    case '|':
      return a | b
    case '^':
      return a ^ b
    case '<<':
      return a << (b & 63n)
    case '>>':
      return (signed ? a : BigInt.asUintN(64, a)) >> (b & 63n)
  }
}
