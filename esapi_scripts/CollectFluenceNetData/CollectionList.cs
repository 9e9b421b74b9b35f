using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// The list in a folder of collected cases, collection.json: every plan that was looked at, by the name of its case, and
    /// why it was not taken. Plans of other patients and other days stay in it.
    /// </summary>
    public sealed class CollectionList
    {
        /// <summary>Name of the file.</summary>
        public const string FileName = "collection.json";

        private readonly string _path;
        private readonly Dictionary<string, object> _plans;

        private CollectionList(string path, Dictionary<string, object> plans)
        {
            _path = path;
            _plans = plans;
        }

        /// <summary>Reads the list of a folder, or begins one.</summary>
        public static CollectionList Open(string folder)
        {
            string path = Path.Combine(folder, FileName);
            return new CollectionList(path, File.Exists(path) ? Json.Read(path).Raw("plans") : new Dictionary<string, object>());
        }

        /// <summary>Says of a plan whether it was taken.</summary>
        /// <param name="name">Name of its case.</param>
        /// <param name="fault">Why it was not taken; null if it was.</param>
        public void Set(string name, string fault)
        {
            _plans[name] = new Dictionary<string, object>
            {
                { "taken", fault == null },
                { "reason", fault },
                { "looked_at", DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) }
            };
        }

        /// <summary>Writes the list.</summary>
        public void Write()
        {
            Json.WriteFile(_path, new Dictionary<string, object>
            {
                { "schema", 1 }, { "intended_use", Outcome.IntendedUse }, { "plans", _plans }
            });
        }
    }
}
