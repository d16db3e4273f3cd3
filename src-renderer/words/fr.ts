import { common } from './fr/common';
import { compare } from './fr/compare';
import { device } from './fr/device';
import { files } from './fr/files';
import { models } from './fr/models';
import { tailor } from './fr/tailor';
import { upscale } from './fr/upscale';
import type { Words } from './en';

export const fr: Words = { common, upscale, tailor, models, device, files, compare };
