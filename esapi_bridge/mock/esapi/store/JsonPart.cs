using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace EsapiBridge.Mock
{
    /// <summary>An object of a JSON file: typed access to its keys, a refusal for what is missing or of another kind.</summary>
    internal sealed class JsonPart
    {
        private readonly Dictionary<string, object> _map;
        private readonly string _name;

        internal JsonPart(object value, string name)
        {
            _map = value as Dictionary<string, object>;
            _name = name;
            if (_map == null)
            {
                throw new InvalidDataException(name + " must be an object");
            }
        }

        /// <summary>Reads a file whose "schema" must be 1.</summary>
        internal static JsonPart Read(string path)
        {
            string name = Path.GetFileName(path);
            if (!File.Exists(path))
            {
                throw new InvalidDataException("expected " + name + ", found none");  // never a path: it may name someone
            }
            return Schema1(File.ReadAllText(path), name);
        }

        internal static JsonPart Schema1(string text, string name)
        {
            JsonPart part = new JsonPart(Json.Parse(text), name);
            if (part.Whole("schema") != 1)
            {
                throw new InvalidDataException(name + " must have schema 1");
            }
            return part;
        }

        internal IEnumerable<string> Keys
        {
            get { return _map.Keys; }
        }

        internal bool Has(string key)
        {
            return _map.ContainsKey(key) && _map[key] != null;
        }

        internal string Text(string key)
        {
            return Get<string>(key);
        }

        internal string Text(string key, string otherwise)
        {
            return Has(key) ? Text(key) : otherwise;
        }

        internal double Number(string key)
        {
            return Get<double>(key);
        }

        internal double Number(string key, double otherwise)
        {
            return Has(key) ? Number(key) : otherwise;
        }

        internal int Whole(string key)
        {
            double number = Number(key);
            if (number != Math.Floor(number) || Math.Abs(number) > int.MaxValue)
            {
                throw new InvalidDataException(_name + "." + key + " must be a whole number");
            }
            return (int)number;
        }

        internal bool Flag(string key)
        {
            return Get<bool>(key);
        }

        internal JsonPart Part(string key)
        {
            return new JsonPart(_map.ContainsKey(key) ? _map[key] : null, _name + "." + key);
        }

        internal JsonPart PartOrNull(string key)
        {
            return Has(key) ? Part(key) : null;
        }

        internal IEnumerable<JsonPart> Parts(string key)
        {
            return Get<List<object>>(key).Select(item => new JsonPart(item, _name + "." + key)).ToList();
        }

        internal double[] Numbers(string key, int count)
        {
            List<object> list = Get<List<object>>(key);
            if ((count >= 0 && list.Count != count) || list.Any(item => !(item is double)))
            {
                throw new InvalidDataException(_name + "." + key + " must be " + count + " numbers");
            }
            return list.Cast<double>().ToArray();
        }

        internal object Raw(string key)
        {
            return _map.ContainsKey(key) ? _map[key] : null;
        }

        /// <summary>All values as text.</summary>
        internal Dictionary<string, string> Texts()
        {
            return _map.ToDictionary(e => e.Key, e => Convert.ToString(e.Value, CultureInfo.InvariantCulture));
        }

        private T Get<T>(string key)
        {
            object value;
            if (!_map.TryGetValue(key, out value) || !(value is T))
            {
                throw new InvalidDataException(_name + "." + key + " must be a " + typeof(T).Name);
            }
            return (T)value;
        }
    }
}
