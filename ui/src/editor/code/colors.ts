import { HighlightStyle } from "@codemirror/language";
import { tags } from "@lezer/highlight";

/** The colours of YAML on a dark ground. */
export const darkWords = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "#8db4ff" },
  { tag: [tags.string, tags.special(tags.string)], color: "#8fe0b4" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "#f5bd5c" },
  { tag: tags.comment, color: "#a9b3c2", fontStyle: "italic" },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: "#c3cad6" },
]);
