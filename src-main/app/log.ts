import { userInfo } from 'node:os';

const mostLines = 2000;

/** The last lines of what happened, for a person who wants to tell us about it. Nothing is ever sent anywhere. */
export class Log {
  private readonly lines: string[] = [];

  add(line: string): void {
    this.lines.push(`${new Date().toISOString()} ${line}`);
    if (this.lines.length > mostLines) this.lines.shift();
  }

  /** The user's name, as it stands in paths, is replaced. */
  text(): string {
    return this.lines.map(redactUser).join('\n');
  }
}

/** Names of home folders on all platforms, and this user's own name wherever it stands by itself. */
export function redactUser(text: string): string {
  // Names may hold spaces: up to the next separator where there is one.
  const named = text.replaceAll(
    /((?:^|[\s"'(])(?:\/home|\/Users|[A-Za-z]:\\Users)[\\/])(?:[^\\/"'\n]+(?=[\\/])|[^\\/\s"']+)/g,
    '$1<user>',
  );
  const { username } = userInfo();
  // A name like "root" or "me" would be found in words that say nothing of the user.
  if (username.length < 4 || username === 'root') return named;
  const escaped = username.replaceAll(/[^\w]/g, '\\$&');
  return named.replaceAll(new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`, 'g'), '<user>');
}
