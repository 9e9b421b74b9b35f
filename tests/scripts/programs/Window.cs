using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Windows.Forms;
using EsapiBridge.Scripts;

/// <summary>
/// Presses the buttons of the script's window while the thread that stands for Eclipse's never handles a message; says
/// what the window showed, a line each.
/// </summary>
public static class Window
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static int Main(string[] arguments)
    {
        if (arguments.Length > 0)
        {
            Script();
            return 0;
        }
        Progress progress = new Progress(null);
        ProgressWindow window = ProgressWindow.Open("Script", progress);
        window.Explain("What will be done.");
        Say("explained", Until(window, delegate { return Button(window, "Start").Enabled; }));
        Say("on top while it asks", Until(window, delegate { return window.TopMost; }));
        Press(window, "Start");
        window.WaitForStart();
        Say("started", true);
        Say("below Eclipse's questions while it works", Until(window, delegate { return !window.TopMost; }));
        progress.Report("reading CT", 3, 10);
        Say("progress", Until(window, delegate { return Shows(window, "reading CT: 3 of 10"); }));
        Dictionary<string, string> answers = Ask(window, "Go on");
        Say("question answered", answers.Count == 2 && answers["PTV"] == "PTV_44" && answers["Rectum"] == "Rektum");
        Say("question left", Ask(window, "Cancel") == null);
        Press(window, "Cancel");
        Say("cancel asked", Until(window, delegate { return progress.IsCancelRequested; }));
        try
        {
            progress.Report("reading CT", 4, 10);
            Say("cancelled", false);
        }
        catch (CancelledException error)
        {
            OutcomeRow[] rows = { new OutcomeRow(false, "PTV D95% >= 96 %", "met"), new OutcomeRow(true, "Rectum Dmax", "missed") };
            OutcomeTable table = new OutcomeTable(new[] { "Goal", "" }, rows);
            window.ShowOutcome(new Outcome(error.Code, "Nothing was kept.") { Table = table });
            Say("table", Until(window, delegate { return ShowsTable(window); }));
            Say("cancelled", Until(window, delegate { return Shows(window, "Cancelled; nothing was written"); }));
        }
        window.ShowOutcome(new Outcome(ExitCode.Cancelled, "3 of 6 are there.") { Verdict = "Cancelled; what is done is kept" });
        Say("cancelled with something kept", Until(window, delegate { return Shows(window, "Cancelled; what is done is kept"); }));
        Say("intended use", Until(window, delegate { return Shows(window, Outcome.IntendedUse); }));
        Say("no report", Until(window, delegate { return Button(window, "Open report") == null || !Button(window, "Open report").Visible; }));
        Press(window, "Close");
        Say("closed", UntilClosed(window));
        Break("at work", false);
        Break("while asking", true);
        return 0;
    }

    /// <summary>Lets the window's thread throw while the script works, or asks: the script ends, and this process lives.</summary>
    private static void Break(string when, bool isAsking)
    {
        Progress progress = new Progress(null);
        ProgressWindow window = ProgressWindow.Open("Script", progress);
        window.Explain("What will be done.");
        Press(window, "Start");
        window.WaitForStart();
        window.Invoke(new MethodInvoker(delegate
        {
            System.Windows.Forms.Timer timer = new System.Windows.Forms.Timer { Interval = 1, Enabled = true };
            timer.Tick += delegate { throw new InvalidOperationException("in the window"); };
        }));
        BridgeException ended = null;
        DateTime end = DateTime.UtcNow + Patience;
        while (ended == null && DateTime.UtcNow < end)
        {
            try
            {
                if (isAsking)
                {
                    window.Choose("Which?", new List<KeyValuePair<string, string>>(), new string[0]);
                }
                progress.Report("reading CT", 1, 2);
                Thread.Sleep(10);
            }
            catch (BridgeException error)
            {
                ended = error;
            }
        }
        Say("failing " + when + " ends the script", ended != null && ended.InnerException.Message == "in the window");
        Say("failing " + when + " shows no outcome", !window.ShowOutcome(new Outcome(ExitCode.Failed, "Failed.")));
    }

    /// <summary>A whole script where no window can be opened.</summary>
    private static void Script()
    {
        try
        {
            ScriptRun.Execute("Script", delegate
            {
                Say("worked", true);
                return new Outcome(ExitCode.Done, "Done.");
            });
        }
        catch (BridgeException error)
        {
            Console.WriteLine("Eclipse shows: " + error.Message);
        }
    }

    /// <summary>Is asked for three structures, one known; another thread picks a second and presses a button.</summary>
    private static Dictionary<string, string> Ask(ProgressWindow window, string button)
    {
        List<KeyValuePair<string, string>> rows = new List<KeyValuePair<string, string>>
        {
            new KeyValuePair<string, string>("Rectum", "Rektum"),
            new KeyValuePair<string, string>("PTV", null),
            new KeyValuePair<string, string>("Bladder", null)
        };
        Thread user = new Thread(delegate()
        {
            Until(window, delegate { return Dialog() != null; });
            window.Invoke(new MethodInvoker(delegate
            {
                Form dialog = Dialog();
                dialog.Controls.OfType<ComboBox>().ElementAt(1).SelectedItem = "PTV_44";
                Button(dialog, button).PerformClick();
            }));
        });
        user.Start();
        Dictionary<string, string> answers = window.Choose("Which is which?", rows, new[] { "PTV_44", "Rektum" });
        user.Join();
        return answers;
    }

    private static Form Dialog()
    {
        return Application.OpenForms.OfType<ChoiceDialog>().FirstOrDefault();
    }

    private static void Say(string what, bool isSo)
    {
        Console.WriteLine(what + ": " + (isSo ? "yes" : "no"));
    }

    private static Button Button(Form form, string text)
    {
        return form.Controls.OfType<Button>().FirstOrDefault(button => button.Text == text);
    }

    private static bool Shows(Form form, string text)
    {
        return form.Controls.OfType<Label>().Any(label => label.Text == text);
    }

    /// <summary>Both rows, between the text and the buttons, within the window.</summary>
    private static bool ShowsTable(Form form)
    {
        ListView table = form.Controls.OfType<ListView>().FirstOrDefault();
        return table != null && table.Items.Count == 2 && table.Items[1].SubItems[1].Text == "missed"
            && table.Items[1].ForeColor != table.Items[0].ForeColor
            && form.Controls.OfType<TextBox>().All(text => text.Bottom <= table.Top)
            && form.Controls.OfType<Button>().All(button => button.Top >= table.Bottom && button.Bottom <= form.ClientSize.Height);
    }

    private static void Press(Form form, string text)
    {
        form.Invoke(new MethodInvoker(delegate { Button(form, text).PerformClick(); }));
    }

    private static bool Until(Form form, Func<bool> isSo)
    {
        DateTime end = DateTime.UtcNow + Patience;
        while (DateTime.UtcNow < end)
        {
            if ((bool)form.Invoke(isSo))
            {
                return true;
            }
            Thread.Sleep(10);
        }
        return false;
    }

    private static bool UntilClosed(Form form)
    {
        DateTime end = DateTime.UtcNow + Patience;
        while (!form.IsDisposed && DateTime.UtcNow < end)
        {
            Thread.Sleep(10);
        }
        return form.IsDisposed;
    }
}
