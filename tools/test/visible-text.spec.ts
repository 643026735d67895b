import { visibleText } from '../src/visible-text.ts';

describe('text of a record at the terminal', () => {
  it.each([
    ['a clipboard that would be filled', '\x1b]52;c;Y3VybA==\x07', '\\u001b]52;c;Y3VybA==\\u0007'],
    ['a screen that would be cleared', 'a\x1b[2Jb', 'a\\u001b[2Jb'],
    ['the same in one character of C1', 'a\u009b2Jb', 'a\\u009b2Jb'],
    ['a line that would be overwritten', 'open\rdiscarded', 'open discarded'],
    ['a text that would run backwards', 'gpj\u202eexe.\u2066a\u200f', 'gpj\\u202eexe.\\u2066a\\u200f'],
    ['erasing what stands before it', 'a\b\x7f\0', 'a\\u0008\\u007f\\u0000'],
  ])('%s: shown as it is written', (_, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it('white space: one line, and no more of it than a space', () => {
    expect(visibleText('{\r\n\t"a":  1\n}')).toBe('{ "a":  1 }');
  });

  it('other languages, emoji, and what is visible already: as they are', () => {
    for (const text of ['Grüße, 你好, שלום', '👩‍🚀', '\\u001b']) expect(visibleText(text)).toBe(text);
  });
});
