using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// The folder of one image of one patient: case, fields, and the list collection.json of what was asked for and what
    /// failed. Case and fields are there whole or not at all.
    /// </summary>
    public sealed class Collection
    {
        private const string ListFile = "collection.json", CaseName = "case", FieldsName = "fields";
        private const int KeyLength = 16;

        private readonly string _folder;
        private readonly Dictionary<string, object> _asked, _plans, _failed;

        private Collection(string folder, Dictionary<string, object> asked, JsonObject earlier)
        {
            _folder = folder;
            _asked = asked;
            _plans = earlier == null ? new Dictionary<string, object>() : earlier.Raw("plans");
            _failed = earlier == null ? new Dictionary<string, object>() : earlier.Raw("failed");
        }

        /// <summary>Folder of the case.</summary>
        public string Case
        {
            get { return Path.Combine(_folder, CaseName); }
        }

        /// <summary>Name of the folder of an image of a patient.</summary>
        public static string NameOf(Patient patient, Image image)
        {
            string series = image.Series == null ? "" : image.Series.UID;
            return "dose-" + Key(patient.Id.Trim() + "\n" + image.FOR + "\n" + series + "\n" + image.Id);
        }

        /// <summary>The keyed hash that stands for an id.</summary>
        public static string Key(string id)
        {
            return PatientKey.Of(id).Substring(0, KeyLength);
        }

        /// <summary>Opens a folder, or makes it; what a killed run left unfinished is removed.</summary>
        /// <exception cref="RefusedException">It holds fields that were calculated otherwise.</exception>
        public static Collection Open(string folder, Dictionary<string, object> asked)
        {
            string list = Path.Combine(folder, ListFile);
            JsonObject earlier = File.Exists(list) ? Json.Read(list) : null;
            if (earlier != null)
            {
                RequireSame(earlier.Object("asked"), asked);
            }
            Directory.CreateDirectory(Path.Combine(folder, FieldsName));
            foreach (string parent in new[] { folder, Path.Combine(folder, FieldsName) })
            {
                Directory.GetDirectories(parent, CaseFolder.Partials).ToList().ForEach(Moves.RemoveFolder);
            }
            Collection collection = new Collection(folder, asked, earlier);
            collection.Write();
            return collection;
        }

        /// <summary>Folder of a field.</summary>
        public string Field(string name)
        {
            return Path.Combine(Path.Combine(_folder, FieldsName), name);
        }

        /// <summary>The number of one of the patient's own plans, the same in every run.</summary>
        /// <param name="key">What stands for the plan.</param>
        public int NumberOf(string key)
        {
            if (!_plans.ContainsKey(key))
            {
                _plans[key] = _plans.Count + 1;
                Write();
            }
            return (int)_plans[key];
        }

        /// <summary>Keeps why a field failed; null: it did not.</summary>
        public void Set(string field, string reason)
        {
            if (reason != null)
            {
                _failed[field] = new Dictionary<string, object>
                {
                    { "reason", reason }, { "when", DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) }
                };
                Write();
            }
            else if (_failed.Remove(field))
            {
                Write();
            }
        }

        private static void RequireSame(JsonObject earlier, Dictionary<string, object> asked)
        {
            JsonObject now = Json.Parse(Json.Write(asked));
            foreach (string kind in new[] { "coarse", "fine" })
            {
                string before = Json.Write(earlier.Raw(kind)), wanted = Json.Write(now.Raw(kind));
                if (before != wanted)
                {
                    throw new RefusedException("all fields of a patient must be calculated in the same way, expected the " + kind + " dose as "
                        + before + ", found " + wanted + ": collect into another folder (--exports of 'esapi-bridge scripts install'), or install as before");
                }
            }
            if (earlier.Integer("seed") != now.Integer("seed"))
            {
                throw new RefusedException("the random fields of a patient must be of one seed, expected " + earlier.Integer("seed") + ", found "
                    + now.Integer("seed") + ": collect into another folder (--exports of 'esapi-bridge scripts install'), or install with --collect-seed "
                    + earlier.Integer("seed"));
            }
        }

        private void Write()
        {
            Json.WriteFile(Path.Combine(_folder, ListFile), new Dictionary<string, object>
            {
                { "schema", 1 }, { "intended_use", Outcome.IntendedUse }, { "asked", _asked }, { "plans", _plans }, { "failed", _failed }
            });
        }
    }
}
