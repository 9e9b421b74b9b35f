using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>One of the two calculations of a field: a dose model of this Eclipse, its grid and options.</summary>
    public sealed class DoseModel
    {
        /// <summary>Acuros says with this option whether its dose is to medium or to water.</summary>
        private const string ReportingOption = "DoseReportingMode";

        private static readonly Regex Version = new Regex(@"^(.*?)[ _\[]+(\d[\w.]*)\]?$");
        private readonly Dictionary<string, string> _options;

        /// <summary>Reads what was chosen.</summary>
        /// <param name="kind">"coarse" or "fine".</param>
        /// <param name="values">The installation's settings.</param>
        public DoseModel(string kind, JsonObject values)
        {
            Kind = kind;
            Name = values.Text("collect_" + kind + "_model", null);
            GridMm = values.Number("collect_" + kind + "_grid_mm");
            _options = values.TextsByName("collect_" + kind + "_options");
            _options[FineGrid.GridOption] = (GridMm / 10).ToString("0.#####", CultureInfo.InvariantCulture);
        }

        /// <summary>"coarse" or "fine".</summary>
        public string Kind { get; private set; }

        /// <summary>Name of the model in Eclipse; null where none was chosen.</summary>
        public string Name { get; private set; }

        /// <summary>Wanted distance of its voxels, mm.</summary>
        public double GridMm { get; private set; }

        /// <summary>The model for people.</summary>
        public override string ToString()
        {
            return Name + " (" + GridMm.ToString("G4", CultureInfo.InvariantCulture) + " mm)";
        }

        /// <summary>What was asked for.</summary>
        public Dictionary<string, object> Asked()
        {
            return new Dictionary<string, object> { { "model", Name }, { "grid_mm", GridMm }, { "options", _options } };
        }

        /// <summary>Makes sure that Eclipse has the model and the options; nothing is changed.</summary>
        /// <param name="plan">Any plan.</param>
        /// <exception cref="RefusedException">It has not.</exception>
        public void Require(ExternalPlanSetup plan)
        {
            List<string> installed = plan.GetModelsForCalculationType(CalculationType.PhotonVolumeDose).ToList();
            if (Name == null || !installed.Contains(Name))
            {
                throw new RefusedException("the " + Kind + " dose needs a dose model of this Eclipse, expected "
                    + (Name ?? "one that was chosen") + ", found " + (installed.Count == 0 ? "none" : string.Join(", ", installed))
                    + ": choose with 'esapi-bridge scripts install' and --collect-" + Kind + "-model");
            }
            Dictionary<string, string> known = plan.GetCalculationOptions(Name) ?? new Dictionary<string, string>();
            string missing = _options.Keys.FirstOrDefault(option => known.Keys.All(key => !Names(key, option)));
            if (missing != null)
            {
                throw new RefusedException("the dose model " + Name + " must have the option " + missing + ", found "
                    + (known.Count == 0 ? "none" : string.Join(", ", known.Keys)) + ": choose with 'esapi-bridge scripts install' and --collect-"
                    + Kind + "-option");
            }
        }

        /// <summary>Calculates the only field of a plan.</summary>
        /// <returns>The field with its dose.</returns>
        /// <exception cref="BridgeException">Eclipse does not, or not so.</exception>
        public Beam Calculate(ExternalPlanSetup plan)
        {
            plan.SetCalculationModel(CalculationType.PhotonVolumeDose, Name);
            foreach (KeyValuePair<string, string> option in _options)
            {
                if (!plan.SetCalculationOption(Name, option.Key, option.Value))
                {
                    throw new BridgeException("the dose model " + Name + " must take the option " + option.Key + ", it does not");
                }
            }
            if (!Calculations.Run(plan.CalculateDose, "the " + Kind + " dose") || plan.Dose == null)
            {
                throw new BridgeException("the " + Kind + " dose must be calculated by " + Name + ", it was not: " + CalculationLogs.Text(plan));
            }
            Beam beam = plan.Beams.Single(field => !field.IsSetupField);
            Require(beam);
            return beam;
        }

        /// <summary>What was calculated, as the description of a field keeps it.</summary>
        /// <param name="plan">The plan, calculated.</param>
        /// <param name="file">File of the dose.</param>
        /// <param name="grid">Where its voxels lie.</param>
        public Dictionary<string, object> Part(ExternalPlanSetup plan, string file, object grid)
        {
            Dictionary<string, string> options = plan.GetCalculationOptions(Name);
            Match match = Version.Match(Name);
            return new Dictionary<string, object>
            {
                { "algorithm", match.Success ? match.Groups[1].Value : Name },
                { "version", match.Success ? match.Groups[2].Value : "" },
                { "options", options },
                { "dose_to", DoseTo(options) },
                { "file", file },
                { "grid", grid }
            };
        }

        private static bool Names(string key, string option)
        {
            return key == option || key.EndsWith("/@" + option, StringComparison.Ordinal);
        }

        private static string DoseTo(Dictionary<string, string> options)
        {
            string mode = options.Where(option => Names(option.Key, ReportingOption)).Select(option => option.Value).FirstOrDefault();
            return new[] { "medium", "water" }.FirstOrDefault(
                what => mode != null && mode.IndexOf(what, StringComparison.OrdinalIgnoreCase) >= 0);
        }

        private void Require(Beam beam)
        {
            BeamDose dose = beam.Dose;
            if (dose == null)
            {
                throw new BridgeException("Eclipse must keep the " + Kind + " dose of each field, it keeps that of the plan only: "
                    + "turn the plan dose calculation of " + Name + " off");
            }
            if (!(Math.Abs(Math.Max(dose.XRes, dose.YRes) - GridMm) <= 0.01 * GridMm))
            {
                throw new BridgeException(string.Format(
                    CultureInfo.InvariantCulture,
                    "the {0} dose must have a grid of {1:G4} mm, found {2:G4} mm: {3} does not offer it",
                    Kind,
                    GridMm,
                    Math.Max(dose.XRes, dose.YRes),
                    Name));
            }
            MetersetValue meterset = beam.Meterset;
            if (meterset.Unit != DosimeterUnit.MU || !Finite.Is(meterset.Value) || !(meterset.Value > 0))
            {
                throw new BridgeException("the field must have monitor units after the " + Kind + " calculation, it has none");
            }
        }
    }
}
