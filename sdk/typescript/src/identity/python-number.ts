import { limits, ProtocolError } from '@agentnet/protocol';

/** Prints a JSON number as Python does after reading it: integers digit for digit, everything else as the shortest double. */
export function pythonNumber(written: string): string {
  return /[.eE]/.test(written) ? pythonFloat(Number(written)) : pythonInteger(written);
}

function pythonInteger(written: string): string {
  if (written.length > limits.jsonMaxIntegerDigits + 1) {
    throw new ProtocolError('invalid_payload', `an integer has more than ${limits.jsonMaxIntegerDigits} digits`);
  }
  return written === '-0' ? '0' : written;
}

function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent > 15) return sign + scientific(digits, exponent);
  return sign + positional(digits, exponent);
}

function scientific(digits: string, exponent: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const exponentDigits = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${exponentDigits}`;
}

function positional(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${whole}.${digits.slice(exponent + 1) || '0'}`;
}
