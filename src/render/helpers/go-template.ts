/** Text that Nomad's template engine gives back as it is. */
export const goTemplateLiteral = (text: string): string => text.replaceAll('{{', '{{ "{{" }}');

/** A Go string literal for use inside an action. JSON's escapes are a subset of Go's; `}}` would end the action. */
export const goString = (text: string): string =>
  JSON.stringify(text).replaceAll('}', '\\u007d').replaceAll('{', '\\u007b');
