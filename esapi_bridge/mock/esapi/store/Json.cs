using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// JSON as dictionaries, lists, strings, doubles, booleans and null. The framework's own readers need WCF or web
    /// assemblies and do not keep plain dictionaries; this is the little that case.json needs.
    /// </summary>
    internal static class Json
    {
        private const int DeepestNesting = 64;

        internal static object Parse(string text)
        {
            Reader reader = new Reader(text);
            object value = reader.Value(0);
            reader.End();
            return value;
        }

        internal static string Write(object value)
        {
            StringBuilder text = new StringBuilder();
            Append(text, value, 0);
            return text.Append('\n').ToString();
        }

        private static void Append(StringBuilder text, object value, int depth)
        {
            IDictionary map = value as IDictionary;
            string words = value as string;
            IEnumerable list = value as IEnumerable;
            if (value == null)
            {
                text.Append("null");
            }
            else if (words != null)
            {
                Quote(text, words);
            }
            else if (value is bool)
            {
                text.Append((bool)value ? "true" : "false");
            }
            else if (map != null)
            {
                string separator = "{";
                foreach (DictionaryEntry entry in map)
                {
                    text.Append(separator).Append('\n').Append(' ', depth + 1);
                    Quote(text, Convert.ToString(entry.Key, CultureInfo.InvariantCulture));
                    text.Append(": ");
                    Append(text, entry.Value, depth + 1);
                    separator = ",";
                }
                text.Append(map.Count == 0 ? "{}" : "}");
            }
            else if (list != null)
            {
                string separator = "[";
                foreach (object item in list)
                {
                    text.Append(separator);
                    Append(text, item, depth + 1);
                    separator = ", ";
                }
                text.Append(separator == "[" ? "[]" : "]");
            }
            else if (value is double || value is float)
            {
                double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
                if (double.IsNaN(number) || double.IsInfinity(number))
                {
                    throw new InvalidDataException("JSON has no number for NaN or infinity");
                }
                string digits = number.ToString("R", CultureInfo.InvariantCulture);
                text.Append(digits.IndexOfAny(new[] { '.', 'E' }) < 0 ? digits + ".0" : digits);
            }
            else
            {
                text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
            }
        }

        private static void Quote(StringBuilder text, string words)
        {
            text.Append('"');
            foreach (char c in words)
            {
                if (c == '"' || c == '\\')
                {
                    text.Append('\\').Append(c);
                }
                else if (c < ' ')
                {
                    text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                }
                else
                {
                    text.Append(c);
                }
            }
            text.Append('"');
        }

        private sealed class Reader
        {
            private readonly string _text;
            private int _at;

            internal Reader(string text)
            {
                _text = text;
            }

            internal object Value(int depth)
            {
                if (depth > DeepestNesting)
                {
                    throw Broken("less nesting");
                }
                char c = Next();
                if (c == '{')
                {
                    return Map(depth);
                }
                if (c == '[')
                {
                    return List(depth);
                }
                if (c == '"')
                {
                    return Words();
                }
                int start = _at;
                while (_at < _text.Length && ",]} \t\r\n".IndexOf(_text[_at]) < 0)
                {
                    _at++;
                }
                string word = _text.Substring(start, _at - start);
                switch (word)
                {
                    case "null": return null;
                    case "true": return true;
                    case "false": return false;
                }
                double number;
                if (!double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
                    || double.IsNaN(number) || double.IsInfinity(number))
                {
                    throw Broken("a value");
                }
                return number;
            }

            internal void End()
            {
                Skip();
                if (_at != _text.Length)
                {
                    throw Broken("the end");
                }
            }

            private Dictionary<string, object> Map(int depth)
            {
                Dictionary<string, object> map = new Dictionary<string, object>();
                _at++;
                while (Next() != '}')
                {
                    if (map.Count > 0)
                    {
                        Expect(',');
                    }
                    if (Next() != '"')
                    {
                        throw Broken("a key");
                    }
                    string key = Words();
                    Expect(':');
                    map.Add(key, Value(depth + 1));
                }
                _at++;
                return map;
            }

            private List<object> List(int depth)
            {
                List<object> list = new List<object>();
                _at++;
                while (Next() != ']')
                {
                    if (list.Count > 0)
                    {
                        Expect(',');
                    }
                    list.Add(Value(depth + 1));
                }
                _at++;
                return list;
            }

            private string Words()
            {
                StringBuilder words = new StringBuilder();
                _at++;
                while (true)
                {
                    if (_at >= _text.Length)
                    {
                        throw Broken("a quote");
                    }
                    char c = _text[_at++];
                    if (c == '"')
                    {
                        return words.ToString();
                    }
                    words.Append(c == '\\' ? Escaped() : c);
                }
            }

            private char Escaped()
            {
                char c = _at < _text.Length ? _text[_at++] : '\0';
                switch (c)
                {
                    case 'n': return '\n';
                    case 'r': return '\r';
                    case 't': return '\t';
                    case 'b': return '\b';
                    case 'f': return '\f';
                    case '"':
                    case '\\':
                    case '/': return c;
                    case 'u':
                        ushort code;
                        if (_at + 4 <= _text.Length && ushort.TryParse(
                            _text.Substring(_at, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out code))
                        {
                            _at += 4;
                            return (char)code;
                        }
                        break;
                }
                throw Broken("an escape");
            }

            private void Expect(char c)
            {
                if (Next() != c)
                {
                    throw Broken("'" + c + "'");
                }
                _at++;
            }

            private char Next()
            {
                Skip();
                if (_at >= _text.Length)
                {
                    throw Broken("more");
                }
                return _text[_at];
            }

            private void Skip()
            {
                while (_at < _text.Length && " \t\r\n".IndexOf(_text[_at]) >= 0)
                {
                    _at++;
                }
            }

            private InvalidDataException Broken(string expected)
            {
                return new InvalidDataException("JSON: expected " + expected + " at character " + _at);
            }
        }
    }
}
