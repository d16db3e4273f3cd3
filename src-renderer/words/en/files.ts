/** Picking files and folders. */
export const files = {
  title_photos: 'Choose photos or folders',
  title_folders: 'Choose folders',
  title_out: 'Choose a folder for the results',
  title_model: 'Choose a model file',
  up: 'One folder up',
  nothing: 'Nothing to choose in here',
  noPhotos: 'No photos in here',
  count: '{count, plural, one {# item} other {# items}}',
  take: 'Choose {name}',
  takeFolder: 'Choose this folder',
  uploadFiles: 'Upload files…',
  uploadFolder: 'Upload folder…',
  copying: 'Copying {done} of {all}…',
};
