export { DEFAULT_DECODE_OPTIONS, type DecodeOptions } from "./budget.ts";
export { Amf0Error, type Amf0ErrorCode } from "./errors.ts";
export { Amf0Reader, decode, decodeAll } from "./reader.ts";
export {
  Amf0Date,
  type Amf0Object,
  Amf0Unsupported,
  type Amf0Value,
  Amf0Xml,
  EcmaArray,
  propertiesOf,
  TypedObject,
} from "./value.ts";
export { encode } from "./writer.ts";
