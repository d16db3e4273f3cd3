import { languages, type Language } from '../shared/things';
import type { Job } from '../shared/things';

const english = {
  menu: {
    ...{ file: 'File', edit: 'Edit', view: 'View', help: 'Help' },
    ...{
      addPhotos: 'Add Photos…',
      addFolder: 'Add Folder…',
      recent: 'Open Recent',
      clearRecent: 'Clear List',
    },
    ...{ upscale: 'Upscale', tailor: 'Tailor', models: 'Models', device: 'Device' },
    ...{ undo: 'Undo', redo: 'Redo', cut: 'Cut', copy: 'Copy', paste: 'Paste', selectAll: 'Select All' },
    ...{ resetZoom: 'Actual Size', zoomIn: 'Zoom In', zoomOut: 'Zoom Out', fullScreen: 'Full Screen' },
    ...{ hide: 'Hide Pixel Tailor', hideOthers: 'Hide Others', showAll: 'Show All' },
    ...{ close: 'Close Window', quit: 'Quit', about: 'About Pixel Tailor' },
  },
  dialogs: {
    ...{ photos: 'Choose photos', folders: 'Choose folders', out: 'Choose the output folder' },
    model: 'Choose a model',
    kinds: { photos: 'Photos', all: 'All files', model: 'ONNX models' },
  },
  ended: {
    done: 'Finished.',
    failed: 'Stopped with an error.',
    batch: (done: number, failed: number) =>
      failed === 0 ? `${done} photos done.` : `${done} photos done, ${failed} failed.`,
  },
};

/** What the system shows for the app outside its page. */
export type Words = typeof english;

const german: Words = {
  menu: {
    ...{ file: 'Datei', edit: 'Bearbeiten', view: 'Ansicht', help: 'Hilfe' },
    ...{ addPhotos: 'Fotos hinzufügen …', addFolder: 'Ordner hinzufügen …' },
    ...{ recent: 'Zuletzt benutzt', clearRecent: 'Liste leeren' },
    ...{ upscale: 'Vergrößern', tailor: 'Zuschneiden', models: 'Modelle', device: 'Gerät' },
    ...{ undo: 'Widerrufen', redo: 'Wiederholen', cut: 'Ausschneiden', copy: 'Kopieren', paste: 'Einsetzen' },
    selectAll: 'Alles auswählen',
    ...{ resetZoom: 'Originalgröße', zoomIn: 'Vergrößert anzeigen', zoomOut: 'Verkleinert anzeigen' },
    fullScreen: 'Vollbild',
    ...{ hide: 'Pixel Tailor ausblenden', hideOthers: 'Andere ausblenden', showAll: 'Alle einblenden' },
    ...{ close: 'Fenster schließen', quit: 'Beenden', about: 'Über Pixel Tailor' },
  },
  dialogs: {
    ...{
      photos: 'Fotos wählen',
      folders: 'Ordner wählen',
      out: 'Ausgabeordner wählen',
      model: 'Modell wählen',
    },
    kinds: { photos: 'Fotos', all: 'Alle Dateien', model: 'ONNX-Modelle' },
  },
  ended: {
    done: 'Fertig.',
    failed: 'Mit einem Fehler beendet.',
    batch: (done, failed) =>
      failed === 0 ? `${done} Fotos fertig.` : `${done} Fotos fertig, ${failed} fehlgeschlagen.`,
  },
};

const french: Words = {
  menu: {
    ...{ file: 'Fichier', edit: 'Édition', view: 'Présentation', help: 'Aide' },
    ...{ addPhotos: 'Ajouter des photos…', addFolder: 'Ajouter un dossier…' },
    ...{ recent: 'Ouvrir l’élément récent', clearRecent: 'Effacer la liste' },
    ...{ upscale: 'Agrandir', tailor: 'Tailler', models: 'Modèles', device: 'Appareil' },
    ...{ undo: 'Annuler', redo: 'Rétablir', cut: 'Couper', copy: 'Copier', paste: 'Coller' },
    selectAll: 'Tout sélectionner',
    ...{
      resetZoom: 'Taille réelle',
      zoomIn: 'Zoom avant',
      zoomOut: 'Zoom arrière',
      fullScreen: 'Plein écran',
    },
    ...{ hide: 'Masquer Pixel Tailor', hideOthers: 'Masquer les autres', showAll: 'Tout afficher' },
    ...{ close: 'Fermer la fenêtre', quit: 'Quitter', about: 'À propos de Pixel Tailor' },
  },
  dialogs: {
    ...{ photos: 'Choisir des photos', folders: 'Choisir des dossiers', model: 'Choisir un modèle' },
    out: 'Choisir le dossier de sortie',
    kinds: { photos: 'Photos', all: 'Tous les fichiers', model: 'Modèles ONNX' },
  },
  ended: {
    done: 'Terminé.',
    failed: 'Arrêté par une erreur.',
    batch: (done, failed) =>
      failed === 0 ? `${done} photos terminées.` : `${done} photos terminées, ${failed} en échec.`,
  },
};

const words: Record<Language, Words> = { en: english, de: german, fr: french };

/** In the language that was set, else the system's, else English. `locale` is one like "de-AT". */
export function wordsIn(language: Language | '', locale: string): Words {
  const system = languages.find((one) => one === locale.slice(0, 2).toLowerCase());
  return words[language || (system ?? 'en')];
}

/** What became of a job that has ended. */
export function endingOf({ state, batch, failure }: Job, { ended }: Words): string {
  if (state === 'failed') return failure?.message ?? ended.failed;
  return batch ? ended.batch(batch.done, batch.failed) : ended.done;
}
