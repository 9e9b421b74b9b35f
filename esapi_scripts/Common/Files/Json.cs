using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Web.Script.Serialization;

namespace EsapiBridge.Scripts
{
    /// <summary>JSON text to and from dictionaries, by the serialiser that comes with .NET.</summary>
    public static class Json
    {
        /// <summary>Writes dictionaries, lists, strings, numbers, booleans and nulls as JSON.</summary>
        /// <exception cref="BridgeException">A number is not finite: JSON has no NaN.</exception>
        public static string Write(object value)
        {
            RequireFinite(value, "");
            return Serializer().Serialize(value);
        }

        /// <summary>Reads a JSON object.</summary>
        /// <exception cref="BridgeException">The text is not a JSON object.</exception>
        public static JsonObject Parse(string text)
        {
            Dictionary<string, object> values;
            try
            {
                values = Serializer().DeserializeObject(text) as Dictionary<string, object>;
            }
            catch (ArgumentException error)
            {
                throw new BridgeException("expected JSON, found other text; repeat the installation", error);
            }
            if (values == null)
            {
                throw new BridgeException("expected a JSON object, found another value; repeat the installation");
            }
            return new JsonObject(values);
        }

        /// <summary>Reads a JSON object from a UTF-8 file.</summary>
        public static JsonObject Read(string path)
        {
            return Parse(File.ReadAllText(path, Encoding.UTF8));
        }

        /// <summary>Writes a value to a UTF-8 file, which appears whole; one that is there is replaced.</summary>
        public static void WriteFile(string path, object value)
        {
            string temporary = path + ".partial";
            byte[] data = new UTF8Encoding(false).GetBytes(Write(value));
            using (FileStream stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                stream.Write(data, 0, data.Length);
                stream.Flush(true);
            }
            Moves.Replace(temporary, path);
        }

        private static JavaScriptSerializer Serializer()
        {
            return new JavaScriptSerializer { MaxJsonLength = int.MaxValue, RecursionLimit = 64 };
        }

        private static void RequireFinite(object value, string where)
        {
            if (value is double && !Finite.Is((double)value))
            {
                throw new BridgeException("a number to be written must be finite, found NaN or infinity in" + where);
            }
            IDictionary dictionary = value as IDictionary;
            if (dictionary != null)
            {
                foreach (DictionaryEntry part in dictionary)
                {
                    RequireFinite(part.Value, where + " " + part.Key);
                }
                return;
            }
            IEnumerable items = value is string ? null : value as IEnumerable;
            foreach (object item in items ?? new object[0])
            {
                RequireFinite(item, where);
            }
        }
    }

    /// <summary>A JSON object with typed access to what it must hold.</summary>
    public class JsonObject
    {
        private readonly Dictionary<string, object> _values;

        /// <summary>Wraps what the serialiser returned.</summary>
        public JsonObject(Dictionary<string, object> values)
        {
            _values = values;
        }

        /// <summary>Whether there is such a key with a value other than null.</summary>
        public bool Has(string key)
        {
            return _values.ContainsKey(key) && _values[key] != null;
        }

        /// <summary>A text.</summary>
        public string Text(string key)
        {
            return (string)Get(key, typeof(string));
        }

        /// <summary>A text, or another where there is none.</summary>
        public string Text(string key, string otherwise)
        {
            return Has(key) ? Text(key) : otherwise;
        }

        /// <summary>One of the words of an enumeration, in any capitals.</summary>
        public T Choice<T>(string key) where T : struct
        {
            string word = Text(key);
            string name = Array.Find(Enum.GetNames(typeof(T)), known => known.Equals(word, StringComparison.OrdinalIgnoreCase));
            if (name == null)
            {
                throw Wrong(key);
            }
            return (T)Enum.Parse(typeof(T), name);
        }

        /// <summary>A whole number.</summary>
        public int Integer(string key)
        {
            return (int)Get(key, typeof(int));
        }

        /// <summary>A number.</summary>
        public double Number(string key)
        {
            object value;
            _values.TryGetValue(key, out value);
            if (!(value is int || value is long || value is decimal || value is double))
            {
                throw Wrong(key);
            }
            return Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture);
        }

        /// <summary>An object as the serialiser made it, to be written again.</summary>
        public Dictionary<string, object> Raw(string key)
        {
            return (Dictionary<string, object>)Get(key, typeof(Dictionary<string, object>));
        }

        /// <summary>Texts by name.</summary>
        public Dictionary<string, string> TextsByName(string key)
        {
            JsonObject texts = Object(key);
            Dictionary<string, string> named = new Dictionary<string, string>();
            foreach (string name in texts._values.Keys)
            {
                named.Add(name, texts.Text(name));
            }
            return named;
        }

        /// <summary>A truth value.</summary>
        public bool Truth(string key)
        {
            return (bool)Get(key, typeof(bool));
        }

        /// <summary>An object.</summary>
        public JsonObject Object(string key)
        {
            return new JsonObject((Dictionary<string, object>)Get(key, typeof(Dictionary<string, object>)));
        }

        /// <summary>A list of objects.</summary>
        public List<JsonObject> Objects(string key)
        {
            List<JsonObject> objects = new List<JsonObject>();
            foreach (object item in (object[])Get(key, typeof(object[])))
            {
                Dictionary<string, object> found = item as Dictionary<string, object>;
                if (found == null)
                {
                    throw Wrong(key);
                }
                objects.Add(new JsonObject(found));
            }
            return objects;
        }

        /// <summary>A list of texts.</summary>
        public List<string> Texts(string key)
        {
            List<string> texts = new List<string>();
            foreach (object item in (object[])Get(key, typeof(object[])))
            {
                texts.Add((string)item);
            }
            return texts;
        }

        /// <summary>A list of numbers.</summary>
        public double[] Numbers(string key)
        {
            object[] items = (object[])Get(key, typeof(object[]));
            double[] numbers = new double[items.Length];
            for (int i = 0; i < items.Length; i++)
            {
                numbers[i] = Convert.ToDouble(items[i], System.Globalization.CultureInfo.InvariantCulture);
            }
            return numbers;
        }

        /// <summary>A list of whole numbers.</summary>
        public int[] Integers(string key)
        {
            return Array.ConvertAll(Numbers(key), delegate(double number) { return (int)number; });
        }

        private object Get(string key, Type type)
        {
            object value;
            if (!_values.TryGetValue(key, out value) || value == null || value.GetType() != type)
            {
                throw Wrong(key);
            }
            return value;
        }

        private static BridgeException Wrong(string key)
        {
            return new BridgeException("expected '" + key + "' in a file of esapi-bridge, found none of the right kind; "
                + "repeat the installation");
        }
    }
}
