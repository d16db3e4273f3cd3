import { common } from './en/common';
import { compare } from './en/compare';
import { device } from './en/device';
import { files } from './en/files';
import { drawings } from './en/drawings';
import { models } from './en/models';
import { report } from './en/report';
import { tailor } from './en/tailor';
import { upscale } from './en/upscale';

export const en = { common, upscale, tailor, models, device, files, compare, drawings, report };

/** Every language says the same things. */
export type Words = { [Section in keyof typeof en]: Record<keyof (typeof en)[Section], string> };
