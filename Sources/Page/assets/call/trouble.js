// What each code of a refusal or an ending means to somebody who has never heard of codes: a title and a sentence, in
// English, German, Spanish and French.

import { LANGUAGES } from "./words.js";
import { language } from "./language.js";

const link = ["Ask whoever invited you for a new one.", "Bitten Sie um einen neuen.", "Pida uno nuevo.",
  "Demandez-en un nouveau."];
const later = ["Check your connection and try again.", "Prüfen Sie Ihre Verbindung und versuchen Sie es wieder.",
  "Compruebe la conexión e inténtelo de nuevo.", "Vérifiez votre connexion et réessayez."];
const thanks = ["Thank you for being here.", "Danke, dass Sie da waren.", "Gracias por venir.", "Merci d’être venu."];
const ended = ["The call has ended", "Das Gespräch ist zu Ende", "La llamada ha terminado", "L’appel est terminé"];

const TROUBLE = {
  unauthorized: [["This link is not valid", "Dieser Link ist ungültig", "Este enlace no es válido",
    "Ce lien n’est pas valable"], link],
  token_expired: [["This link has expired", "Dieser Link ist abgelaufen", "Este enlace ha caducado",
    "Ce lien a expiré"], link],
  forbidden: [["This link does not open this call", "Dieser Link öffnet dieses Gespräch nicht",
    "Este enlace no abre esta llamada", "Ce lien n’ouvre pas cet appel"], link],
  room_locked: [["The call is locked", "Das Gespräch ist geschlossen", "La llamada está cerrada",
    "L’appel est verrouillé"], ["Ask whoever leads it to let you in, then try again.",
    "Bitten Sie die Leitung um Einlass und versuchen Sie es wieder.",
    "Pida a quien la dirige que le deje entrar e inténtelo de nuevo.",
    "Demandez à la personne qui le dirige de vous laisser entrer, puis réessayez."]],
  room_full: [["The call is full", "Das Gespräch ist voll", "La llamada está llena", "L’appel est complet"],
    ["There is no free place at the moment.", "Im Augenblick ist kein Platz frei.", "No hay sitio en este momento.",
      "Il n’y a pas de place pour le moment."]],
  room_closed: [ended, thanks],
  closed: [ended, thanks],
  room_not_found: [["There is no such call", "Dieses Gespräch gibt es nicht", "No existe esa llamada",
    "Cet appel n’existe pas"], link],
  kicked: [["You were taken out of the call", "Sie wurden aus dem Gespräch genommen", "Le han sacado de la llamada",
    "Vous avez été exclu de l’appel"], ["Whoever leads the call has removed you.", "Die Leitung hat Sie entfernt.",
    "Lo ha hecho quien la dirige.", "La personne qui le dirige l’a décidé."]],
  denied: [["You were not let in", "Sie wurden nicht eingelassen", "No le han admitido", "Vous n’avez pas été admis"],
    ["Whoever leads the call has declined your request.", "Die Leitung hat abgelehnt.", "Quien la dirige ha dicho que no.",
      "La personne qui dirige l’appel a refusé."]],
  replaced: [["You joined from somewhere else", "Sie sind anderswo beigetreten", "Ha entrado desde otro sitio",
    "Vous êtes entré ailleurs"], ["The call goes on in the other window or on the other device.",
    "Das Gespräch geht im anderen Fenster oder Gerät weiter.", "La llamada sigue en la otra ventana o dispositivo.",
    "L’appel continue dans l’autre fenêtre ou appareil."]],
  revoked: [["Your access was withdrawn", "Ihr Zugang wurde entzogen", "Se retiró su acceso",
    "Votre accès a été retiré"], link],
  left: [["You left the call", "Sie haben das Gespräch verlassen", "Ha salido de la llamada", "Vous avez quitté l’appel"],
    ["You can come back as long as it goes on.", "Sie können zurück, solange es dauert.",
      "Puede volver mientras dure.", "Vous pouvez revenir tant qu’il dure."]],
  timeout: [["The server does not answer", "Der Server antwortet nicht", "El servidor no responde",
    "Le serveur ne répond pas"], later],
  unavailable: [["The server can't be reached", "Der Server ist nicht erreichbar", "No se puede llegar al servidor",
    "Le serveur est injoignable"], later],
  connection_lost: [["The connection was lost", "Die Verbindung ist abgerissen", "Se perdió la conexión",
    "La connexion est perdue"], later],
  rate_limited: [["Too many tries", "Zu viele Versuche", "Demasiados intentos", "Trop d’essais"],
    ["Please wait a moment, then try again.", "Bitte warten Sie einen Moment.", "Espere un momento.",
      "Patientez un instant, puis réessayez."]],
  consent_required: [["Somebody has not agreed", "Jemand hat nicht zugestimmt", "Alguien no ha aceptado",
    "Quelqu’un n’a pas accepté"], ["Nothing is recorded without everybody's consent.",
    "Ohne die Zustimmung aller wird nicht aufgezeichnet.", "Nada se graba sin el acuerdo de todos.",
    "Rien n’est enregistré sans l’accord de tous."]],
  other: [["That did not work", "Das ging nicht", "No ha funcionado", "Cela n’a pas marché"], later],
};

/** A title and a sentence. */
export function words({ code }) {
  return (TROUBLE[code] ?? TROUBLE.other).map((texts) => texts[LANGUAGES.indexOf(language)]);
}
