/**
 * A name of any kind as one part of a path, of letters, digits and `. _ -` only: every other byte becomes `.hh`, and a
 * name that does not begin with a letter, digit or underscore gets a dash in front. Two names never give the same text.
 */
export function fileName(name: string): string {
  const text = [...Buffer.from(name)].map((byte) =>
    PLAIN.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : escaped(byte),
  );
  return text[0] === '-'
    ? `-${escaped(45)}${text.slice(1).join('')}`
    : `${text[0]?.startsWith('.') ? '-' : ''}${text.join('')}`;
}

const PLAIN = /^[A-Za-z0-9_-]$/;

const escaped = (byte: number): string => `.${byte.toString(16).padStart(2, '0')}`;
