import { psnrY } from '../image/metrics';
import type { Pixels } from '../image/pixels';
import type { Report, ReportSample } from '../shared/report';
import { storyOf, type RunRecord } from '../train/record';
import { pngDataUri } from './png';

/** One crop of a photo, 8-bit RGB, all of one size. Without the original it shows a real upscaled photo. */
export interface Sample {
  title: string;
  bicubic: Pixels;
  tailored: Pixels;
  original?: Pixels;
}

/** What a report page shows of a model's record and the crops chosen for it. */
export function reportOf(record: RunRecord, samples: readonly Sample[]): Report {
  const { card, photos } = record;
  return { card, story: storyOf(record), leftOut: photos.leftOut, samples: samples.map(shown) };
}

function shown({ title, bicubic, tailored, original }: Sample): ReportSample {
  const picture = (pixels: Pixels) => ({
    src: pngDataUri(pixels),
    ...(original && pixels !== original && { psnr: psnrY(pixels, original, 0) }),
  });
  return {
    ...{ title, bicubic: picture(bicubic), tailored: picture(tailored) },
    ...(original && { original: picture(original) }),
  };
}
