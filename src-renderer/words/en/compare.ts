/** Two pictures of the same scene, compared. */
export const compare = {
  stage: 'Picture: arrow keys move it, plus and minus zoom, 0 shows all, 1 shows it pixel by pixel',
  divider: 'Divider between the two pictures',
  mode: 'How to compare',
  slider: 'Slider',
  sides: 'Side by side',
  lens: 'Lens',
  zoom: 'Zoom',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  zoomFit: 'Show all',
  zoomFull: 'Show pixel by pixel',
  percent: '{value} %',
  failed: 'could not be shown',
  zoomForModel: 'shown from 100 % on',
};
