// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Calculation models and their options (rows 30, 31).</summary>
    public abstract partial class PlanSetup
    {
        /// <summary>The dose calculation model; "" if unset.</summary>
        public string PhotonCalculationModel
        {
            get { return GetCalculationModel(CalculationType.PhotonVolumeDose) ?? ""; }
        }

        /// <summary>Options of the dose calculation model.</summary>
        public Dictionary<string, string> PhotonCalculationOptions
        {
            get { return GetCalculationOptions(PhotonCalculationModel) ?? new Dictionary<string, string>(); }
        }

        /// <summary>The model that calculates something; null if unset.</summary>
        public string GetCalculationModel(CalculationType calculationType)
        {
            Reading();
            string model;
            return Self.Models.TryGetValue(calculationType, out model) ? model : null;
        }

        /// <summary>
        /// Chooses an installed model. Another name is refused (row 31: type assumed); changing the dose model drops the
        /// dose (row 28, assumed).
        /// </summary>
        public void SetCalculationModel(CalculationType calculationType, string model)
        {
            Writing();
            Dictionary<string, Dictionary<string, string>> installed;
            if (model == null || !Patients.Database.Models.TryGetValue(calculationType, out installed)
                || !installed.ContainsKey(model))
            {
                throw new ArgumentException("expected one of the models that are installed for " + calculationType);
            }
            if (GetCalculationModel(calculationType) != model)
            {
                Self.Models[calculationType] = model;
                ModelChanged(calculationType);
            }
        }

        /// <summary>Unsets the model.</summary>
        public void ClearCalculationModel(CalculationType calculationType)
        {
            Writing();
            if (Self.Models.Remove(calculationType))
            {
                ModelChanged(calculationType);
            }
        }

        /// <summary>Options of a model by XPath; null for a model that is not installed.</summary>
        public Dictionary<string, string> GetCalculationOptions(string calculationModel)
        {
            Reading();
            Dictionary<string, string> options = Options(calculationModel);
            return options == null ? null : new Dictionary<string, string>(options);
        }

        /// <summary>An option by XPath or bare name; false if unknown (row 30).</summary>
        public bool GetCalculationOption(string calculationModel, string optionName, out string optionValue)
        {
            Reading();
            string key = OptionKey(calculationModel, optionName);
            optionValue = key == null ? null : Options(calculationModel)[key];
            return key != null;
        }

        /// <summary>
        /// Sets an option, a text such as "0.25" for a grid in cm; false only if model or option is unknown
        /// (PlanSetup.SetCalculationOption, ESAPI 18; row 30). A value that the option cannot have throws (type assumed: the
        /// documentation names none). Changing an option of the plan's dose model drops the dose (row 28, assumed).
        /// </summary>
        public bool SetCalculationOption(string calculationModel, string optionName, string optionValue)
        {
            Writing();
            string key = OptionKey(calculationModel, optionName);
            if (key == null)
            {
                return false;
            }
            if (!OptionRules.IsValid(key, optionValue))
            {
                throw new ArgumentException("expected a value that the option " + optionName + " can have, found another");
            }
            if (Options(calculationModel)[key] != optionValue)
            {
                Self.Options[calculationModel] = new Dictionary<string, string>(Options(calculationModel));
                Self.Options[calculationModel][key] = optionValue;
                foreach (KeyValuePair<CalculationType, string> model in Self.Models.Where(m => m.Value == calculationModel).ToList())
                {
                    ModelChanged(model.Key);
                }
                Self.Changed = true;
            }
            return true;
        }

        private Dictionary<string, string> Options(string model)
        {
            Dictionary<string, string> options;
            return model != null && Self.Options.TryGetValue(model, out options)
                ? options : model == null ? null : Patients.Database.Defaults(model);
        }

        private string OptionKey(string model, string name)
        {
            Dictionary<string, string> options = Options(model);
            return options == null || name == null
                ? null : options.Keys.FirstOrDefault(key => key == name || key.EndsWith("/@" + name, StringComparison.Ordinal));
        }

        private void ModelChanged(CalculationType type)
        {
            if (type == CalculationType.PhotonVolumeDose && Self.Beams.Count > 0)
            {
                Self.InvalidateDose();
            }
            Self.Changed = true;
        }
    }
}
