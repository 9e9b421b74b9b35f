using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// A database: DB/database.json and DB/patients/ID/patient.json with case folders beneath.
    /// </summary>
    internal sealed class Database
    {
        internal const string GridOption = "CalculationGridSizeInCM";
        private const string DefaultGrid = "0.25";

        /// <summary>Models of this name calculate dose to either medium, as Acuros does; esapi_bridge/mock/calculation/dose.py.</summary>
        private const string CollapsedCone = "collapsed cone";

        internal readonly string Folder;
        internal readonly DoseValue.DoseUnit DoseUnit;
        internal readonly double DoseScalePercent;
        internal readonly double DoseInterceptPercent;
        internal readonly int CtOffset;
        /// <summary>Options and their defaults by model name, by what the model calculates.</summary>
        internal readonly Dictionary<CalculationType, Dictionary<string, Dictionary<string, string>>> Models =
            new Dictionary<CalculationType, Dictionary<string, Dictionary<string, string>>>();

        internal Database(string folder)
        {
            Folder = Path.GetFullPath(folder);
            JsonPart file = JsonPart.Read(Path.Combine(Folder, "database.json"));
            string unit = file.Text("dose_unit");
            if (unit != "Gy" && unit != "cGy")
            {
                throw new InvalidDataException("database.json: dose_unit must be Gy or cGy");
            }
            DoseUnit = unit == "Gy" ? DoseValue.DoseUnit.Gy : DoseValue.DoseUnit.cGy;
            DoseScalePercent = file.Number("dose_scale_percent");
            DoseInterceptPercent = file.Number("dose_intercept_percent", 0.0);
            CtOffset = file.Whole("ct_offset");
            if (!(DoseScalePercent > 0))
            {
                throw new InvalidDataException("database.json: dose_scale_percent must be positive");
            }
            JsonPart models = file.PartOrNull("models");
            foreach (string type in models == null ? new string[0] : models.Keys)
            {
                ReadModels(type, models.Raw(type));
            }
        }

        internal double UnitsPerGy
        {
            get { return DoseUnit == DoseValue.DoseUnit.cGy ? 100.0 : 1.0; }
        }

        internal IEnumerable<string> PatientIds
        {
            get
            {
                string patients = Path.Combine(Folder, "patients");
                return Directory.Exists(patients)
                    ? Directory.GetDirectories(patients).Where(p => File.Exists(Path.Combine(p, "patient.json")))
                        .Select(Path.GetFileName).OrderBy(id => id, StringComparer.Ordinal)
                    : Enumerable.Empty<string>();
            }
        }

        internal string PatientFolder(string id)
        {
            return Path.Combine(Path.Combine(Folder, "patients"), id);
        }

        /// <summary>Adds a model that a plan names, so that what was calculated elsewhere can be calculated here.</summary>
        internal void AddModel(CalculationType type, string name)
        {
            if (!Models.ContainsKey(type))
            {
                Models[type] = new Dictionary<string, Dictionary<string, string>>();
            }
            if (Models[type].ContainsKey(name))
            {
                return;
            }
            Dictionary<string, string> options = new Dictionary<string, string>();
            if (type == CalculationType.PhotonVolumeDose)
            {
                string stem = Regex.Match(name, "[A-Za-z]+").Value;
                options["/" + stem + "CalculationOptions/@" + GridOption] = DefaultGrid;
                if (name.StartsWith(CollapsedCone, StringComparison.Ordinal))
                {
                    options["/" + stem + "CalculationOptions/@" + OptionRules.ReportingOption] = OptionRules.DoseToMedium;
                }
            }
            Models[type][name] = options;
        }

        internal Dictionary<string, string> Defaults(string model)
        {
            return Models.Values.Where(m => m.ContainsKey(model)).Select(m => m[model]).FirstOrDefault();
        }

        private void ReadModels(string typeName, object listed)
        {
            CalculationType type;
            if (!CaseWords.TryModelType(typeName, out type))
            {
                throw new InvalidDataException("database.json: models must be named by calculation type");
            }
            List<object> names = listed as List<object>;
            Dictionary<string, object> map = listed as Dictionary<string, object>;
            foreach (string name in names != null ? names.OfType<string>() : map != null ? map.Keys : Enumerable.Empty<string>())
            {
                AddModel(type, name);
                Dictionary<string, object> options = map == null ? null : map[name] as Dictionary<string, object>;
                if (options != null && options.Count > 0)
                {
                    Models[type][name] = new JsonPart(options, "models").Texts();
                }
            }
        }
    }
}
