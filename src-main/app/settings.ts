import { readFileSync } from 'node:fs';
import { mkdir, writeFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { defaultSettings, settingsSchema, type Settings, type SettingsChange } from '../shared/things';

/** The settings, kept in a file that is replaced whole. */
export class SettingsFile {
  private settings: Settings;
  private writing = Promise.resolve();

  /** A file that is missing or damaged gives the defaults. */
  constructor(private readonly path: string) {
    this.settings = read(path) ?? defaultSettings;
  }

  get current(): Settings {
    return this.settings;
  }

  async save(change: SettingsChange): Promise<Settings> {
    this.settings = settingsSchema.parse({ ...this.settings, ...change });
    const text = JSON.stringify(this.settings, null, 2);
    this.writing = this.writing.catch(() => undefined).then(() => this.write(text));
    await this.writing;
    return this.settings;
  }

  private async write(text: string): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    await writeFile(`${this.path}.new`, text);
    await rename(`${this.path}.new`, this.path);
  }
}

function read(path: string): Settings | undefined {
  try {
    const stored = JSON.parse(readFileSync(path, 'utf8')) as object;
    // An older file lacks what has been added since.
    return settingsSchema.safeParse({ ...defaultSettings, ...stored }).data;
  } catch {
    return undefined;
  }
}
